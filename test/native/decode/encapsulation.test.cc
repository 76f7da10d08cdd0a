// What stands between an Ethernet header and IP besides VLAN tags: alone, with VLAN tags around and inside, and in every tunnel that carries Ethernet.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes segment = tcp(1111, 2222, zeros(30));
const Bytes v4 = ipv4(6, segment);
const Bytes v6 = ipv6(6, segment);
// An address whose first bits read like IP's version 6.
const Bytes mac_6 = hex("6c9ced000001");

// A header behind an EtherType, around what stands there otherwise.
struct Encapsulation {
  std::string name;
  unsigned type;
  size_t before;  // bytes in front of the addresses or the type that are the packet's own
  bool frame;     // whether a whole frame follows, else a type and what it names
  Bytes (*wrap)(const Bytes& rest);
};

const Encapsulation encapsulations[] = {
    {"VN-Tag", 0x8926, 4, false, [](const Bytes& rest) { return hex("80010002") + rest; }},
    {"E-Tag", 0x893f, 6, false, [](const Bytes& rest) { return hex("e00100020000") + rest; }},
    {"TTag", 0x8988, 6, false, [](const Bytes& rest) { return hex("000102030405") + rest; }},
    {"Cisco MetaData", 0x8909, 6, false, [](const Bytes& rest) { return hex("01010001000a") + rest; }},
    {"HSR", 0x892f, 4, false, [](const Bytes& rest) { return hex("10580007") + rest; }},
    {"EDSA", 0xdada, 6, false, [](const Bytes& rest) { return hex("0000c0180005") + rest; }},
    {"FabricPath", 0x8903, 2, true, [](const Bytes& rest) { return hex("0441") + rest; }},
    {"PBB", 0x88e7, 4, true, [](const Bytes& rest) { return hex("00000abc") + rest; }},
    {"pseudowire", 0x8847, 4, true, [](const Bytes& rest) { return mpls(1000, true, rest); }},
    {"pseudowire with a control word", 0x8847, 12, true, [](const Bytes& rest) { return mpls(1000, false, mpls(1001, true, hex("00000007") + rest)); }},
    {"multicast pseudowire", 0x8848, 8, true, [](const Bytes& rest) { return mpls(1000, true, be32(0) + rest); }},
};

// From mac_c to mac_d.
Bytes inner_frame(unsigned type, const Bytes& payload) { return mac_d + mac_c + be16(type) + payload; }

// The encapsulation with `payload` of `type` in it, to be put behind its EtherType.
Bytes inside(const Encapsulation& encapsulation, unsigned type, const Bytes& payload) {
  return encapsulation.wrap(encapsulation.frame ? inner_frame(type, payload) : be16(type) + payload);
}

size_t size_of(const Encapsulation& encapsulation) { return encapsulation.before + (encapsulation.frame ? 14 : 2); }

void check_record(const PacketRecord& record, size_t l3, unsigned version, unsigned vlan_id) {
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.l3_offset == l3);
  CHECK(record.ip_version() == version);
  CHECK(record.vlan_id == vlan_id);
  CHECK(record.src_port == 1111);
  CHECK(record.dst_port == 2222);
  CHECK(record.payload_size == 30);
}

// `before` bytes, in which a frame's addresses begin.
void check_addresses(const PacketRecord& record, size_t frame_at) {
  CHECK(record.dst_mac_offset == frame_at);
  CHECK(record.src_mac_offset == frame_at + 6);
}

struct EthernetTunnel {
  std::string name;
  size_t size;  // of all that stands before the inner frame
  Bytes (*wrap)(const Bytes& frame);
};

const EthernetTunnel tunnels[] = {
    {"VXLAN", 36, [](const Bytes& frame) { return ipv4(17, udp(50000, 4789, vxlan(5, frame))); }},
    {"Geneve", 36, [](const Bytes& frame) { return ipv4(17, udp(50000, 6081, geneve(5, 0x6558, frame))); }},
    {"GRE", 24, [](const Bytes& frame) { return ipv4(47, gre(0, 0x6558, frame)); }},
    {"ERSPAN", 36, [](const Bytes& frame) { return ipv4(47, erspan_2(frame)); }},
    {"CAPWAP", 36, [](const Bytes& frame) { return ipv4(17, udp(5247, 9, capwap(0, frame))); }},
    {"TZSP", 33, [](const Bytes& frame) { return ipv4(17, udp(9, 37008, tzsp(1, hex("01"), frame))); }},
    {"L2TPv3", 24, [](const Bytes& frame) { return ipv4(115, be32(9) + frame); }},
    {"VXLAN over IPv6", 56, [](const Bytes& frame) { return ipv6(17, udp(50000, 4789, vxlan(5, frame))); }},
};

}  // namespace

TEST_CASE("encapsulations lead to the packet in them, with its own addresses and the innermost VLAN") {
  for (const Encapsulation& each : encapsulations) {
    CAPTURE(each.name);
    const size_t size = size_of(each);
    const size_t frame_at = each.frame ? 14 + each.before : 0;
    const PacketRecord alone = decoded(ethernet(each.type, inside(each, 0x0800, v4)));
    check_record(alone, 14 + size, 4, 0);
    check_addresses(alone, frame_at);
    check_record(decoded(ethernet(each.type, inside(each, 0x86dd, v6))), 14 + size, 6, 0);
    const PacketRecord behind = decoded(ethernet(0x8100, vlan(5, each.type, inside(each, 0x0800, v4))));
    check_record(behind, 18 + size, 4, 5);
    check_addresses(behind, each.frame ? frame_at + 4 : 0);
    check_record(decoded(ethernet(each.type, inside(each, 0x8100, vlan(6, 0x86dd, v6)))), 18 + size, 6, 6);
    check_record(decoded(ethernet(0x88a8, vlan(5, each.type, inside(each, 0x8100, vlan(6, 0x0800, v4))))), 22 + size, 4, 6);
    const Bytes snapped = snap(0x0800, v4);
    check_record(decoded(ethernet(each.type, inside(each, static_cast<unsigned>(snapped.size()), snapped))), 22 + size, 4, 0);
  }
}

TEST_CASE("encapsulations in encapsulations") {
  for (const Encapsulation& outer : encapsulations) {
    for (const Encapsulation& inner : encapsulations) {
      CAPTURE(outer.name);
      CAPTURE(inner.name);
      const Bytes frame = ethernet(outer.type, inside(outer, inner.type, inside(inner, 0x0800, v4)));
      check_record(decoded(frame), 14 + size_of(outer) + size_of(inner), 4, 0);
    }
  }
}

TEST_CASE("encapsulations in tunnels") {
  for (const EthernetTunnel& tunnel : tunnels) {
    for (const Encapsulation& each : encapsulations) {
      CAPTURE(tunnel.name);
      CAPTURE(each.name);
      const PacketRecord record = decoded(tunnel.wrap(ethernet(each.type, inside(each, 0x0800, v4))), 101, all_tunnels);
      check_record(record, tunnel.size + 14 + size_of(each), 4, 0);
      CHECK(record.tunnel_id() != 0);
      check_addresses(record, tunnel.size + (each.frame ? 14 + each.before : 0));
    }
  }
  const Bytes wire = mpls(1000, true, be32(0) + inner_frame(0x0800, v4));
  check_record(decoded(ipv4(47, gre(0, 0x8847, wire)), 101, all_tunnels), 46, 4, 0);
}

TEST_CASE("an encapsulated frame cut anywhere is truncated, or counts as the whole one") {
  for (const Encapsulation& each : encapsulations) {
    CAPTURE(each.name);
    const Bytes frame = ethernet(each.type, inside(each, 0x8100, vlan(6, 0x0800, v4)));
    for (size_t length = 0; length < frame.size(); ++length) {
      CAPTURE(length);
      const Bytes cut(frame.begin(), frame.begin() + static_cast<long>(length));
      const PacketRecord record = decoded(cut, 1, no_tunnels, static_cast<uint32_t>(frame.size()));
      CHECK(reason_of(record) == (length >= frame.size() - 46 ? IgnoreReason::none : IgnoreReason::truncated));
      if (record.ignore_reason == 0) CHECK(record.payload_size == 30);
      if (record.src_mac_offset != no_mac) CHECK(record.src_mac_offset + 6u <= length);
    }
  }
}

TEST_CASE("what is behind a stack of labels is told by its first bytes") {
  const auto labelled = [](const Bytes& rest) { return decoded(ethernet(0x8847, mpls(16, true, rest))); };
  const Bytes to_6 = mac_6 + mac_a;
  check_record(labelled(v4), 18, 4, 0);
  check_record(labelled(v6), 18, 6, 0);
  check_record(labelled(to_6 + be16(0x0800) + v4), 32, 4, 0);
  check_record(labelled(to_6 + be16(0x86dd) + v6), 32, 6, 0);
  check_record(labelled(hex("4c9ced000001") + mac_a + be16(0x0800) + v4), 32, 4, 0);
  check_record(labelled(hex("12345678abcd") + mac_a + be16(0x8100) + vlan(7, 0x0800, v4)), 36, 4, 7);
  check_record(labelled(hex("000c29000001") + mac_a + be16(0x8100) + vlan(7, 0x0800, v4)), 36, 4, 7);
  check_record(labelled(hex("000c29000001") + mac_a + be16(0x0800) + v4), 32, 4, 0);
  check_record(labelled(hex("0000002a") + hex("000c29000001") + mac_a + be16(0x8100) + vlan(7, 0x0800, v4)), 40, 4, 7);
  // A source of 8.0.0.0/16 reads like the type of a frame.
  check_record(labelled(ipv4(6, segment, {0, 0, -1, 0x08004101})), 18, 4, 0);
  // A packet that its sender's segmentation left without a length.
  check_record(labelled(ipv4(6, segment, {0, 0, 0})), 18, 4, 0);
  CHECK(labelled(v4).src_mac_offset == 6);
  struct Other {
    std::string name;
    Bytes rest;
    IgnoreReason reason;
  };
  for (const Other& other : {
           Other{"an associated channel", hex("1000 0021") + v4, IgnoreReason::not_ip},
           Other{"a control word with ARP", be32(0) + ethernet(0x0806, zeros(46)), IgnoreReason::not_ip},
           Other{"ARP without a control word", ethernet(0x0806, zeros(46)), IgnoreReason::not_ip},
           Other{"a control word before bare IP", be32(0) + v4, IgnoreReason::not_ip},
           Other{"a control word and a frame of another type", be32(0) + ethernet(0x88f7, zeros(46)), IgnoreReason::not_ip},
           Other{"IPv4's type before IPv6 in a frame", be32(0) + ethernet(0x0800, v6), IgnoreReason::not_ip},
           Other{"nothing", {}, IgnoreReason::truncated},
           Other{"a control word alone", be32(0), IgnoreReason::not_ip},
           Other{"IPv4 with too short a header", hex("44") + zeros(30), IgnoreReason::malformed},
       }) {
    CAPTURE(other.name);
    CHECK(reason_of(labelled(other.rest)) == other.reason);
  }
}

TEST_CASE("a trailer of PRP, or padding, is no part of the packet") {
  const Bytes trailer = hex("0001 a058 88fb");
  const PacketRecord record = decoded(ethernet(0x0800, v4 + trailer));
  check_record(record, 14, 4, 0);
  CHECK(record.ip_size == v4.size());
  check_record(decoded(ethernet(0x8847, mpls(16, true, be32(0) + inner_frame(0x0800, v4) + zeros(12) + trailer))), 36, 4, 0);
}

TEST_CASE("a packet of nothing but labels and headers of frames takes no longer than its bytes") {
  Bytes frame = ethernet(0x8847, {});
  const Bytes level = mpls(16, true, hex("6c9cedffffff") + mac_a + be16(0x8847));
  while (frame.size() + level.size() < 65000) frame.insert(frame.end(), level.begin(), level.end());
  CHECK(reason_of(decoded(frame)) == IgnoreReason::truncated);
}
