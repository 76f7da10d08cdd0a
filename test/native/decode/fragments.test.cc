#include <doctest/doctest.h>

#include <string>

#include "decode/packet_builder.h"
#include "engine/decode/fragment_table.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr int64_t second = 1'000'000'000;

// Decodes packets one after the other, a second apart, with one table.
class Decoder {
 public:
  PacketRecord operator()(const Bytes& packet, unsigned link_type = 101) {
    PacketRecord record{};
    record.time_ns = now_ns += second;
    record.captured_length = record.wire_length = static_cast<uint32_t>(packet.size());
    record.link_type = static_cast<uint16_t>(link_type);
    const Bytes exact(packet.begin(), packet.end());
    decode(exact.data(), {all_tunnels, &table}, record);
    return record;
  }

  int64_t now_ns = 1000 * second;
  FragmentTable table;
};

const Bytes datagram = udp(1111, 53, zeros(1000));

Bytes with_id(Bytes packet, unsigned id) {
  packet[4] = static_cast<uint8_t>(id >> 8);
  packet[5] = static_cast<uint8_t>(id);
  return packet;
}

Bytes slice(const Bytes& bytes, size_t from, size_t to) { return Bytes(bytes.begin() + static_cast<long>(from), bytes.begin() + static_cast<long>(to)); }

// Three fragments: 400, 400 and 208 bytes of the datagram.
Bytes v4_part(int part, const Ipv4& header = {}) {
  Ipv4 own = header;
  own.fragment = (part < 2 ? 0x2000u : 0u) | static_cast<unsigned>(part) * 50;
  return ipv4(17, slice(datagram, static_cast<size_t>(part) * 400, part < 2 ? static_cast<size_t>(part + 1) * 400 : datagram.size()), own);
}

Bytes v6_part(int part) {
  const unsigned field = static_cast<unsigned>(part) * 400 | (part < 2 ? 1 : 0);
  return ipv6(44, ipv6_fragment(17, field, slice(datagram, static_cast<size_t>(part) * 400, part < 2 ? static_cast<size_t>(part + 1) * 400 : datagram.size())));
}

void check_later(const PacketRecord& record, unsigned ip_size, unsigned transport_size) {
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.later_fragment());
  CHECK(record.src_port == 1111);
  CHECK(record.dst_port == 53);
  CHECK(record.protocol == 17);
  CHECK(record.tcp_flags == 0);
  CHECK(record.l4_offset == 0);
  CHECK(record.ip_size == ip_size);
  CHECK(record.transport_size() == transport_size);
  CHECK(record.payload_size == transport_size);
}

}  // namespace

TEST_CASE("later fragments count with the ports of their first, by their own sizes") {
  Decoder v4;
  CHECK_FALSE(v4(v4_part(0)).later_fragment());
  check_later(v4(v4_part(1)), 420, 400);
  check_later(v4(v4_part(2)), 228, 208);
  Decoder v6;
  CHECK_FALSE(v6(v6_part(0)).later_fragment());
  check_later(v6(v6_part(2)), 256, 208);
  check_later(v6(v6_part(1)), 448, 400);
  CHECK(v6(v6_part(1)).ip_version() == 6);
}

TEST_CASE("a later fragment before its first, or of another packet, stays ignored") {
  Bytes other_address = v4_part(1);
  other_address[19]++;
  Bytes other_identification = v6_part(1);
  other_identification[47]++;
  Bytes other_protocol = v4_part(1);
  other_protocol[9] = 6;
  Decoder decoder;
  CHECK(reason_of(decoder(v4_part(1))) == IgnoreReason::fragment);
  decoder(v4_part(0));
  decoder(v6_part(0));
  for (const Bytes& packet : {with_id(v4_part(1), 8), other_address, other_identification, other_protocol}) {
    const PacketRecord record = decoder(packet);
    CHECK(reason_of(record) == IgnoreReason::fragment);
    CHECK(record.tunnel_and_ip == 0);
  }
  // The other direction, and another VLAN.
  CHECK(reason_of(decoder(v4_part(1, {0, 0, -1, 0x0a020202, 0x0a010101}))) == IgnoreReason::fragment);
  CHECK(reason_of(decoder(ethernet(0x8100, vlan(5, 0x0800, v4_part(1))), 1)) == IgnoreReason::fragment);
  CHECK(reason_of(decoder(v4_part(1))) == IgnoreReason::none);
}

TEST_CASE("what is whole is not noted") {
  Decoder decoder;
  decoder(ipv4(17, datagram));
  decoder(ipv6(44, ipv6_fragment(17, 0, datagram)));
  CHECK(decoder.table.size() == 0);
  CHECK(reason_of(decoder(v4_part(1))) == IgnoreReason::fragment);
}

TEST_CASE("a second first fragment takes the place of the one before") {
  Decoder decoder;
  decoder(v4_part(0));
  Bytes again = v4_part(0);
  again[20] = 0x22;
  decoder(again);
  CHECK(decoder.table.size() == 1);
  CHECK(decoder(v4_part(1)).src_port == (0x2200 | (1111 & 0xff)));
}

TEST_CASE("the protocol behind IPv6's extension headers is that of the first fragment") {
  Decoder decoder;
  decoder(ipv6(44, ipv6_fragment(60, 1, extension(17, datagram))));
  check_later(decoder(ipv6(44, ipv6_fragment(60, 1008, zeros(40)))), 88, 40);
}

TEST_CASE("fragments inside tunnels count in the inner flow, one network apart from the other") {
  const auto in_network = [](uint32_t vni, int part) { return ipv4(17, udp(9, 4789, vxlan(vni, ethernet(0x0800, v4_part(part))))); };
  Decoder decoder;
  decoder(in_network(1, 0));
  const PacketRecord later = decoder(in_network(1, 1));
  check_later(later, 420, 400);
  CHECK(later.tunnel_id() == 5);
  CHECK(later.tunnel_vni == 1);
  CHECK(later.l3_offset == 50);
  CHECK(reason_of(decoder(in_network(2, 1))) == IgnoreReason::fragment);
  CHECK(reason_of(decoder(v4_part(1))) == IgnoreReason::fragment);
}

TEST_CASE("later fragments of a packet that carries a tunnel do not hold the inner addresses, and stay ignored") {
  const Bytes outer = gre(0, 0x0800, ipv4(17, datagram));
  Decoder decoder;
  const PacketRecord first = decoder(ipv4(47, slice(outer, 0, 400), {0, 0x2000}));
  CHECK(first.src_port == 1111);
  CHECK(reason_of(decoder(ipv4(47, slice(outer, 400, outer.size()), {0, 50}))) == IgnoreReason::fragment);
}

TEST_CASE("a fragment cut anywhere is counted, or ignored without a word about it") {
  for (const Bytes& packet : {v4_part(1), v6_part(1)}) {
    for (size_t length = 0; length < packet.size(); ++length) {
      Decoder decoder;
      decoder(v4_part(0));
      decoder(v6_part(0));
      const PacketRecord record = decoder(slice(packet, 0, length));
      const bool counted = length >= (packet[0] >> 4 == 4 ? 20 : 48);
      CHECK(reason_of(record) == (counted ? IgnoreReason::none : IgnoreReason::truncated));
      CHECK(record.later_fragment() == counted);
    }
  }
}

TEST_CASE("a first fragment is known for a minute of the packets' time, forward and back") {
  const FlowKey key{{1, 2, 3, 4, 5, 6}};
  constexpr int64_t wait = FragmentTable::longest_wait_ns;
  FragmentTable table;
  table.note(key, 10 * wait, {1, 2, 17});
  CHECK(table.find(key, 11 * wait) != nullptr);
  CHECK(table.find(key, 11 * wait + 1) == nullptr);
  CHECK(table.find(key, 9 * wait) != nullptr);
  CHECK(table.find(key, 9 * wait - 1) == nullptr);
  CHECK(table.find(key, INT64_MIN) == nullptr);
  CHECK(table.find(key, INT64_MAX) == nullptr);
}

TEST_CASE("the table is bounded: the first fragment that was noted longest ago goes") {
  const auto key = [](uint64_t number) { return FlowKey{{number, 2, 3, 4, 5, 6}}; };
  constexpr uint64_t capacity = FragmentTable::capacity;
  FragmentTable table;
  for (uint64_t number = 0; number < capacity; ++number) table.note(key(number), 0, {static_cast<uint16_t>(number), 0, 17});
  CHECK(table.size() == capacity);
  // Noted again, the first one is the newest.
  table.note(key(0), 0, {0, 0, 17});
  table.note(key(capacity), 0, {0, 0, 17});
  CHECK(table.size() == capacity);
  CHECK(table.find(key(1), 0) == nullptr);
  CHECK(table.find(key(0), 0) != nullptr);
  CHECK(table.find(key(capacity), 0) != nullptr);
  for (uint64_t number = 2; number < capacity; ++number) CHECK(table.find(key(number), 0)->src_port == number);
  for (uint64_t number = 0; number < 3 * capacity; ++number) table.note(key(number % 100), 0, {0, 0, 17});
  CHECK(table.size() == 100);
}
