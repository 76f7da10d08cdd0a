#include <doctest/doctest.h>

#include <string>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes datagram = udp(1111, 53, zeros(92));

struct Case {
  std::string name;
  Bytes packet;
  IgnoreReason reason;
};

void check_reasons(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CHECK(reason_of(decoded(each.packet, 101)) == each.reason);
  }
}

Bytes with_byte(Bytes packet, size_t at, unsigned value) {
  packet[at] = static_cast<uint8_t>(value);
  return packet;
}

}  // namespace

TEST_CASE("headers that contradict themselves are malformed") {
  const Bytes v4 = ipv4(17, datagram);
  check_reasons({
      {"IHL below 5", with_byte(v4, 0, 0x44), IgnoreReason::malformed},
      {"total length below the header", ipv4(17, datagram, {0, 0, 19}), IgnoreReason::malformed},
      {"total length below the header with options", ipv4(17, datagram, {20, 0, 39}), IgnoreReason::malformed},
      {"options that were not captured", Bytes{0x4f} + be16(0) + zeros(17), IgnoreReason::malformed},
      {"extension header beyond the payload length", ipv6(0, extension(17, datagram, 2), 16), IgnoreReason::malformed},
      {"extension header in no payload", ipv6(60, extension(17, datagram), 7), IgnoreReason::malformed},
      {"no room for an extension header", ipv6(60, zeros(4)), IgnoreReason::malformed},
      {"protocol 4 before IPv6", ipv4(4, ipv6(17, datagram)), IgnoreReason::malformed},
      {"protocol 41 before IPv4", ipv4(41, ipv4(17, datagram)), IgnoreReason::malformed},
      {"malformed IP in IP", ipv4(4, with_byte(v4, 0, 0x43)), IgnoreReason::malformed},
  });
}

TEST_CASE("fragments: the first is a packet, the others are ignored, at every depth and on every link type") {
  const Bytes later_v4 = ipv4(17, datagram, {0, 0x0001});
  const Bytes later_v6 = ipv6(44, ipv6_fragment(17, 8, datagram));
  check_reasons({
      {"first of IPv4", ipv4(17, datagram, {0, 0x2000}), IgnoreReason::none},
      {"do not fragment", ipv4(17, datagram, {0, 0x4000}), IgnoreReason::none},
      {"later of IPv4", later_v4, IgnoreReason::fragment},
      {"last of IPv4", ipv4(17, datagram, {0, 0x1fff}), IgnoreReason::fragment},
      {"first of IPv6", ipv6(44, ipv6_fragment(17, 1, datagram)), IgnoreReason::none},
      {"the only one of IPv6", ipv6(44, ipv6_fragment(17, 0, datagram)), IgnoreReason::none},
      {"later of IPv6", later_v6, IgnoreReason::fragment},
      {"later of IPv6 behind options", ipv6(0, extension(44, ipv6_fragment(17, 0xfff9, datagram))), IgnoreReason::fragment},
      {"later one inside IP", ipv4(4, later_v4), IgnoreReason::fragment},
      {"later one of what carries IP", ipv4(4, ipv4(17, datagram), {0, 0x0001}), IgnoreReason::fragment},
  });
  CHECK(reason_of(decoded(le32(2) + later_v4, 0)) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(hex("ff03 0021") + later_v4, 9)) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(ethernet(100, snap(0x0800, later_v4)))) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(ethernet(0x8847, mpls(1, true, later_v6)))) == IgnoreReason::fragment);
}

// As nfstream 6.5.4 does, which was asked about each.
TEST_CASE("next header 59 is a protocol where the packet ends with it, and a reason where there is more") {
  check_reasons({
      {"at once", ipv6(59, {}), IgnoreReason::none},
      {"behind options", ipv6(0, extension(59, {})), IgnoreReason::none},
      {"behind a message of Mobile IPv6", ipv6(135, extension(59, {}, 1)), IgnoreReason::none},
      {"behind both", ipv6(0, extension(135, extension(59, {}, 1))), IgnoreReason::none},
      {"in a tunnel", ipv4(41, ipv6(59, {})), IgnoreReason::none},
      {"with bytes", ipv6(59, zeros(8)), IgnoreReason::no_next_header},
      {"with many bytes", ipv6(59, zeros(40)), IgnoreReason::no_next_header},
      {"behind options, with bytes", ipv6(0, extension(59, {}) + zeros(24)), IgnoreReason::no_next_header},
      {"behind Mobile IPv6, with bytes", ipv6(135, extension(59, {}) + zeros(8)), IgnoreReason::no_next_header},
      {"of a fragment", ipv6(44, ipv6_fragment(59, 0, {})), IgnoreReason::no_next_header},
      {"of a fragment, with bytes", ipv6(44, ipv6_fragment(59, 0, zeros(8))), IgnoreReason::no_next_header},
  });
  const PacketRecord record = decoded(ethernet(0x86dd, ipv6(135, extension(59, {}, 1))));
  CHECK(record.protocol == 59);
  CHECK(record.payload_size == 0);
}

TEST_CASE("a length of 0, as segmentation offload leaves it, means the rest of the frame") {
  PacketRecord record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, zeros(1000)), {0, 0, 0})));
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.ip_size == 1040);
  CHECK(record.payload_size == 1000);
  // Cut by the snapshot length, and longer than 16 bits can tell.
  record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, {}), {0, 0, 0})), 1, nfstream_tunnels, 70014);
  CHECK(record.ip_size == 70000);
  CHECK(record.transport_size() == 69980);
  CHECK(record.payload_size == 69960);
  record = decoded(ethernet(0x86dd, ipv6(6, tcp(1, 2, zeros(1000)), 0)));
  CHECK(record.ip_size == 1060);
  CHECK(record.payload_size == 1000);
}

TEST_CASE("a jumbo option tells a length beyond 16 bits") {
  const Bytes jumbo = hex("c204 000186b4");  // 100,020: the option's header, TCP's, and 99,992 bytes
  const auto behind_options = [](const Bytes& options, int payload_length = 0) {
    const Bytes header = Bytes{6, static_cast<uint8_t>((options.size() + 2) / 8 - 1)} + options;
    return ipv6(0, header + tcp(1, 2, zeros(99992)), payload_length);
  };
  const struct {
    const char* what;
    Bytes packet;
    uint32_t trailer;  // bytes behind the packet
    uint32_t ip_size;
    uint32_t payload_size;
  } cases[] = {
      {"as the option says", behind_options(jumbo), 4, 100060, 99992},
      {"behind a pad of one byte and one of nine", behind_options(hex("00 0107 00000000000000 c204 000186c4 0104 00000000")), 4, 100076, 99992},
      {"of another length", behind_options(hex("c203 00018600")), 0, 100060, 99992},
      {"16 bits could tell it", behind_options(hex("c204 0000ffff")), 4, 100064, 99996},
      {"more than the frame has", behind_options(hex("c204 000186b9")), 4, 100064, 99996},
      {"far more than the frame has", behind_options(hex("c204 ffffffff")), 4, 100064, 99996},
      {"no such option", behind_options(hex("0104 00000000")), 4, 100064, 99996},
      {"an option beyond its header", behind_options(hex("01ff 00000000")), 4, 100064, 99996},
      {"the header says a length too", behind_options(jumbo, 1000), 0, 1040, 972},
  };
  for (const auto& each : cases) {
    CAPTURE(each.what);
    const PacketRecord whole = decoded(each.packet + zeros(each.trailer), 101);
    const uint32_t wire = static_cast<uint32_t>(each.packet.size()) + each.trailer;
    const PacketRecord cut = decoded(Bytes(each.packet.begin(), each.packet.begin() + 96), 101, nfstream_tunnels, wire);
    for (const PacketRecord& record : {whole, cut}) {
      CHECK(reason_of(record) == IgnoreReason::none);
      CHECK(record.ip_size == each.ip_size);
      CHECK(record.payload_size == each.payload_size);
      CHECK(record.transport_size() == each.payload_size + 20);
      CHECK(record.src_port == 1);
    }
  }
  // Every place where the capture may end.
  const Bytes packet = behind_options(jumbo);
  for (size_t size = 0; size < 70; size++) {
    const PacketRecord record = decoded(Bytes(packet.begin(), packet.begin() + static_cast<long>(size)), 101, nfstream_tunnels, 100064);
    CHECK(reason_of(record) == (size < 52 ? IgnoreReason::truncated : IgnoreReason::none));
    if (size >= 52) CHECK(record.ip_size == 100060);
  }
}

TEST_CASE("sizes come from the headers, not from padding and not from what was captured") {
  PacketRecord record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, {}))) + zeros(6));
  CHECK(record.ip_size == 40);
  CHECK(record.transport_size() == 20);
  CHECK(record.payload_size == 0);
  record = decoded(ipv4(17, udp(1, 2, zeros(4)), {0, 0, 1500}), 101);
  CHECK(record.ip_size == 1500);
  CHECK(record.transport_size() == 1480);
  CHECK(record.payload_size == 1472);
  record = decoded(ipv6(0, extension(17, datagram)), 101);
  CHECK(record.ip_size == 148);
  CHECK(record.transport_size() == 100);
  CHECK(record.payload_size == 92);
}

TEST_CASE("nested deeper than eight headers, a packet counts as what is at that depth") {
  Bytes packet = ipv4(17, datagram);
  for (int depth = 1; depth < 9; ++depth) packet = ipv4(4, packet);
  const PacketRecord record = decoded(packet, 101);
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.protocol == 4);
  CHECK(record.l3_offset == 140);
  CHECK(record.tunnel_id() == 0);
}

TEST_CASE("ESP ends the headers, and an authentication header does so in IPv4") {
  CHECK(decoded(ipv6(0, extension(50, zeros(40))), 101).protocol == 50);
  CHECK(decoded(ipv4(51, Bytes{17, 4} + zeros(60)), 101).protocol == 51);
}

TEST_CASE("headers beyond what an offset can tell are malformed") {
  const Bytes deep = ethernet(0x86dd, ipv6(0, zeros(65535 - 54)));
  const Bytes labels = zeros(4 * 16500);
  CHECK(reason_of(decoded(ethernet(0x8847, labels + mpls(1, true, ipv4(17, datagram))))) == IgnoreReason::malformed);
  CHECK(reason_of(decoded(deep)) != IgnoreReason::none);
}
