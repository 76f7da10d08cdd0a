// The tunnels that nfstream does not open: what is not theirs, what is nested, and which are asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes inner = ipv4(17, udp(1111, 53, zeros(60)));
const Bytes inner_v6 = ipv6(17, udp(1111, 53, zeros(60)));
const Bytes frame = ethernet(0x0800, inner);
const Bytes arp = ethernet(0x0806, zeros(46));
const Bytes too_long = ipv4(17, udp(1111, 53, zeros(60)), {0, 0, 89});
const Bytes malformed = hex("44") + Bytes(inner.begin() + 1, inner.end());
const Bytes ppp = hex("ff03 0021") + inner;
const Bytes teredo = teredo_ipv6(17, udp(1111, 53, zeros(20)));

// A payload and the outer header that it would be a tunnel's behind.
struct Ordinary {
  std::string name;
  unsigned protocol;
  unsigned port;  // of UDP
  Bytes payload;
};

Bytes packet_of(const Ordinary& ordinary, bool v6) {
  const Bytes payload = ordinary.protocol == 17 ? udp(40000, ordinary.port, ordinary.payload) : ordinary.payload;
  return v6 ? ipv6(ordinary.protocol, payload) : ipv4(ordinary.protocol, payload);
}

Bytes with_byte(Bytes bytes, size_t at, unsigned value) {
  bytes[at] = static_cast<uint8_t>(value);
  return bytes;
}

std::vector<Ordinary> overlays() {
  return {
      {"VXLAN port, empty", 17, 4789, {}},
      {"VXLAN port, text", 17, 4789, hex("47455420 2f20 4854 5450") + zeros(80)},
      {"VXLAN without a valid network", 17, 4789, vxlan(42, frame, 0)},
      {"VXLAN-GPE", 17, 4789, vxlan(42, frame, 0x0c)},
      {"VXLAN with other flags", 17, 4789, vxlan(42, frame, 0x48)},
      {"VXLAN with ARP", 17, 4789, vxlan(42, arp)},
      {"VXLAN with an inner packet longer than its room", 17, 8472, vxlan(42, ethernet(0x0800, too_long))},
      {"VXLAN with a malformed inner packet", 17, 8472, vxlan(42, ethernet(0x0800, malformed))},
      {"VXLAN with an inner frame cut inside its tags", 17, 4789, vxlan(42, mac_a + mac_b + hex("8100 00"))},
      {"Geneve port, empty", 17, 6081, {}},
      {"Geneve of another version", 17, 6081, with_byte(geneve(42, 0x6558, frame), 0, 0x40)},
      {"Geneve control packet", 17, 6081, geneve(42, 0x6558, frame, {}, 0x80)},
      {"Geneve with another protocol", 17, 6081, geneve(42, 0x0806, inner)},
      {"Geneve with IPv4 that is IPv6", 17, 6081, geneve(42, 0x0800, inner_v6)},
      {"Geneve with options beyond the end", 17, 6081, with_byte(geneve(42, 0x6558, frame), 0, 0x3f)},
      {"Geneve with an option that does not fit", 17, 6081, geneve(42, 0x6558, frame, hex("0102 03 02 00000000"))},
      {"Geneve with ARP", 17, 6081, geneve(42, 0x6558, arp)},
      {"Geneve with an inner packet longer than its room", 17, 6081, geneve(42, 0x0800, too_long)},
  };
}

std::vector<Ordinary> generic_routing() {
  return {
      {"GRE, empty", 47, 0, {}},
      {"GRE, a keepalive", 47, 0, gre(0, 0, {})},
      {"GRE with a source route", 47, 0, gre(0x4000, 0x0800, inner, zeros(8))},
      {"GRE with a strict source route", 47, 0, gre(0x0800, 0x0800, inner)},
      {"GRE of version 2", 47, 0, gre(0x0002, 0x0800, inner)},
      {"GRE with fields beyond the end", 47, 0, gre(0xb000, 0x0800, {}, zeros(8))},
      {"GRE with another protocol", 47, 0, gre(0, 0x0806, inner)},
      {"GRE with IPv6 that is IPv4", 47, 0, gre(0, 0x86dd, inner)},
      {"GRE with an inner packet longer than its room", 47, 0, gre(0, 0x0800, too_long)},
      {"GRE with Ethernet with ARP", 47, 0, gre(0, 0x6558, arp)},
      {"ERSPAN of another version", 47, 0, with_byte(erspan_2(frame), 8, 0x20)},
      {"ERSPAN type III of another version", 47, 0, with_byte(erspan_3(frame), 8, 0x10)},
      {"ERSPAN type III of another kind of frame", 47, 0, erspan_3(inner, 1 << 10)},
      {"ERSPAN with a header beyond the end", 47, 0, gre(0x1000, 0x22eb, zeros(8), be32(1))},
      {"ERSPAN with an inner packet longer than its room", 47, 0, erspan_2(ethernet(0x0800, too_long))},
      {"PPTP, an acknowledgment alone", 47, 0, gre(0x2081, 0x880b, zeros(8))},
      {"PPTP without a key", 47, 0, gre(0x1001, 0x880b, ppp, zeros(8))},
      {"PPTP with another protocol", 47, 0, with_byte(pptp(ppp), 3, 0x00)},
      {"PPTP with a length beyond the end", 47, 0, with_byte(pptp(ppp), 5, 0xff)},
      {"PPTP with a length that cuts the inner packet", 47, 0, with_byte(pptp(ppp), 5, 40)},
      {"PPTP with LCP", 47, 0, pptp(hex("ff03 c021 01010004"))},
      {"PPTP with compressed data", 47, 0, pptp(hex("ff03 00fd") + zeros(40))},
  };
}

std::vector<Ordinary> l2tp_and_teredo() {
  return {
      {"L2TP port, empty", 17, 1701, {}},
      {"L2TP control message", 17, 1701, be16(0xc802) + be16(12) + zeros(8) + ppp},
      {"L2TP of version 1", 17, 1701, with_byte(l2tp(ppp), 1, 0x01)},
      {"L2TP with a reserved bit", 17, 1701, with_byte(l2tp(ppp), 1, 0x12)},
      {"L2TP of session 0", 17, 1701, be16(2) + be16(5) + be16(0) + ppp},
      {"L2TP with a length beyond the end", 17, 1701, be16(0x4002) + be16(1000) + be16(5) + be16(6) + ppp},
      {"L2TP with a length that cuts the inner packet", 17, 1701, be16(0x4002) + be16(40) + be16(5) + be16(6) + ppp},
      {"L2TP with a length of nothing", 17, 1701, be16(0x4002) + be16(0) + be16(5) + be16(6) + ppp},
      {"L2TP with an offset beyond the end", 17, 1701, be16(0x0202) + be16(5) + be16(6) + be16(0xffff) + ppp},
      {"L2TP with LCP", 17, 1701, l2tp(hex("ff03 c021 01010004"))},
      {"L2TP with an inner packet longer than its room", 17, 1701, l2tp(hex("ff03 0021") + too_long)},
      {"L2TPv3 control message over UDP", 17, 1701, hex("c8030014") + zeros(16)},
      {"L2TPv3 over UDP with a reserved field", 17, 1701, hex("00030001") + be32(9) + frame},
      {"L2TPv3 over UDP of session 0", 17, 1701, hex("00030000") + be32(0) + frame},
      {"L2TPv3 control message over IP", 115, 0, be32(0) + hex("c8030014") + zeros(8) + frame},
      {"L2TPv3 over IP, empty", 115, 0, {}},
      {"L2TPv3 with ARP", 115, 0, be32(9) + arp},
      {"L2TPv3 with more behind the inner packet", 115, 0, be32(9) + frame + zeros(1)},
      {"L2TPv3 with an inner packet longer than its room", 115, 0, be32(9) + ethernet(0x0800, too_long)},
      {"L2TPv3 with four words before its frame", 115, 0, be32(9) + zeros(16) + frame},
      {"Teredo port, empty", 17, 3544, {}},
      {"Teredo port, text", 17, 3544, hex("68656c6c6f20776f726c64") + zeros(60)},
      {"Teredo bubble", 17, 3544, teredo_ipv6(59, {})},
      {"Teredo with IPv4", 17, 3544, inner},
      {"Teredo without one of its addresses", 17, 3544, inner_v6},
      {"Teredo with an authentication beyond the end", 17, 3544, hex("0001 ffff") + teredo},
      {"Teredo with an authentication that has no lengths", 17, 3544, hex("0001")},
      {"Teredo with two origins", 17, 3544, zeros(16) + teredo},
      {"Teredo with an inner packet longer than its room", 17, 3544, with_byte(teredo, 5, 29)},
  };
}

}  // namespace

TEST_CASE("what only looks like one of our tunnels stays in its own flow, whole") {
  for (const auto& group : {overlays(), generic_routing(), l2tp_and_teredo()}) {
    for (const Ordinary& ordinary : group) {
      for (const bool v6 : {false, true}) {
        CAPTURE(ordinary.name);
        CAPTURE(v6);
        const PacketRecord record = decoded(packet_of(ordinary, v6), 101, all_tunnels);
        CHECK(reason_of(record) == IgnoreReason::none);
        CHECK(record.tunnel_id() == 0);
        CHECK(record.tunnel_vni == 0);
        CHECK(record.l3_offset == 0);
        CHECK(record.protocol == ordinary.protocol);
        CHECK(record.dst_port == ordinary.port);
        CHECK(record.src_mac_offset == no_mac);
      }
    }
  }
}

TEST_CASE("VXLAN and Geneve are told by the port that they are sent to") {
  const Bytes from_ports[] = {udp(4789, 40000, vxlan(1, frame)), udp(8472, 40000, vxlan(1, frame)), udp(6081, 40000, geneve(1, 0x6558, frame))};
  for (const Bytes& datagram : from_ports) CHECK(decoded(ipv4(17, datagram), 101, all_tunnels).tunnel_id() == 0);
}

TEST_CASE("two ports of tunnels: the destination's comes first, then the source's") {
  CHECK(decoded(ipv4(17, udp(1701, 4789, vxlan(1, frame))), 101, all_tunnels).tunnel_id() == 5);
  CHECK(decoded(ipv4(17, udp(1701, 4789, l2tp(ppp))), 101, all_tunnels).tunnel_id() == 4);
  CHECK(decoded(ipv4(17, udp(1701, 4789, vxlan(1, frame))), 101, only(Tunnel::l2tp)).tunnel_id() == 0);
}

TEST_CASE("only the kinds that are asked for are opened") {
  struct Kind {
    Tunnel tunnel;
    Bytes packet;
  };
  const Kind kinds[] = {
      {Tunnel::gtp, ipv4(17, udp(2152, 2152, gtp(inner)))},
      {Tunnel::capwap, ipv4(17, udp(5247, 9, capwap(0, frame)))},
      {Tunnel::tzsp, ipv4(17, udp(9, 37008, tzsp(1, hex("01"), frame)))},
      {Tunnel::l2tp, ipv4(17, udp(1701, 1701, l2tp(ppp)))},
      {Tunnel::l2tp, ipv4(115, be32(9) + frame)},
      {Tunnel::vxlan, ipv4(17, udp(9, 4789, vxlan(1, frame)))},
      {Tunnel::geneve, ipv4(17, udp(9, 6081, geneve(1, 0x6558, frame)))},
      {Tunnel::gre, ipv4(47, gre(0, 0x0800, inner))},
      {Tunnel::teredo, ipv4(17, udp(9, 3544, teredo))},
  };
  for (const Kind& kind : kinds) {
    for (unsigned asked = 1; asked < static_cast<unsigned>(Tunnel::count); ++asked) {
      CAPTURE(static_cast<unsigned>(kind.tunnel));
      CAPTURE(asked);
      const unsigned opened = decoded(kind.packet, 101, only(static_cast<Tunnel>(asked))).tunnel_id();
      CHECK(opened == (static_cast<Tunnel>(asked) == kind.tunnel ? asked : 0));
    }
    CHECK(decoded(kind.packet, 101, no_tunnels).tunnel_id() == 0);
  }
}

TEST_CASE("tunnels in tunnels are opened; the network is the innermost that there is") {
  const Bytes gre_inside = ipv4(47, gre(0, 0x0800, inner));
  const Bytes vxlan_inside = ipv4(17, udp(9, 4789, vxlan(2, frame)));
  struct Nested {
    std::string name;
    Bytes packet;
    Tunnel tunnel;
    uint32_t vni;
    size_t outer;  // bytes before the innermost IP header
  };
  const Nested cases[] = {
      {"GRE in VXLAN", ipv4(17, udp(9, 4789, vxlan(1, ethernet(0x0800, gre_inside)))), Tunnel::gre, 1, 74},
      {"VXLAN in GRE", ipv4(47, gre(0, 0x0800, vxlan_inside)), Tunnel::vxlan, 2, 74},
      {"VXLAN in VXLAN", ipv4(17, udp(9, 4789, vxlan(1, ethernet(0x0800, vxlan_inside)))), Tunnel::vxlan, 2, 100},
      {"network 0 in Geneve", ipv4(17, udp(9, 6081, geneve(1, 0x0800, ipv4(17, udp(9, 4789, vxlan(0, frame)))))), Tunnel::vxlan, 0, 86},
      {"VXLAN in IP in IP in ERSPAN", ipv4(47, erspan_2(ethernet(0x0800, ipv4(4, vxlan_inside)))), Tunnel::vxlan, 2, 120},
      {"GTP in PPTP over IPv6", ipv6(47, pptp(hex("21") + ipv4(17, udp(2152, 2152, gtp(inner))))), Tunnel::gtp, 0, 89},
      {"what is no tunnel in GRE", ipv4(47, gre(0, 0x0800, ipv4(17, udp(9, 4789, zeros(20))))), Tunnel::gre, 0, 24},
  };
  for (const Nested& nested : cases) {
    CAPTURE(nested.name);
    const PacketRecord record = decoded(nested.packet, 101, all_tunnels);
    CHECK(reason_of(record) == IgnoreReason::none);
    CHECK(record.tunnel_id() == static_cast<unsigned>(nested.tunnel));
    CHECK(record.tunnel_vni == nested.vni);
    CHECK(record.l3_offset == nested.outer);
    // Cut anywhere it is one of the packets on the way, or not counted.
    for (size_t length = 0; length < nested.packet.size(); ++length) {
      const PacketRecord cut = decoded(Bytes(nested.packet.begin(), nested.packet.begin() + static_cast<long>(length)), 101, all_tunnels,
                                       static_cast<uint32_t>(nested.packet.size()));
      CHECK(cut.l3_offset <= nested.outer);
    }
  }
}

TEST_CASE("beyond four tunnels a packet counts as what is there") {
  Bytes packet = inner;
  for (int depth = 0; depth < 5; ++depth) packet = ipv4(47, gre(0, 0x0800, packet));
  const PacketRecord record = decoded(packet, 101, all_tunnels);
  CHECK(record.tunnel_id() == 7);
  CHECK(record.l3_offset == 4 * 24);
  CHECK(record.protocol == 47);
}

TEST_CASE("a packet inside that is not counted is ignored by its own reason") {
  const Bytes later = ipv4(17, zeros(60), {0, 0x0005});
  const Bytes frames[] = {ipv4(17, udp(9, 4789, vxlan(1, ethernet(0x0800, later)))), ipv4(47, gre(0, 0x0800, later)),
                          ipv4(115, be32(1) + ethernet(0x0800, later)), ipv4(17, udp(1701, 1701, l2tp(hex("21") + later)))};
  for (const Bytes& packet : frames) CHECK(reason_of(decoded(packet, 101, all_tunnels)) == IgnoreReason::fragment);
}

TEST_CASE("the first fragment of a tunnel's packet tells the inner flow") {
  const Bytes large = ipv4(17, udp(1111, 53, zeros(400)));
  const auto first = [](unsigned protocol, const Bytes& payload) { return ipv4(protocol, Bytes(payload.begin(), payload.begin() + 200), {0, 0x2000}); };
  CHECK(decoded(first(17, udp(9, 4789, vxlan(1, ethernet(0x0800, large)))), 101, all_tunnels).src_port == 1111);
  CHECK(decoded(first(47, gre(0, 0x0800, large)), 101, all_tunnels).src_port == 1111);
  CHECK(decoded(first(47, gre(0, 0x6558, ethernet(0x0800, large))), 101, all_tunnels).ip_size == 428);
  // The place of version 3's frame is found by its end, which is not here.
  CHECK(decoded(first(115, be32(9) + ethernet(0x0800, large)), 101, all_tunnels).tunnel_id() == 0);
}

TEST_CASE("a mirror that cut a frame says so, and then the inner packet may be longer than its room") {
  const Bytes cut = ethernet(0x0800, ipv4(17, udp(1111, 53, zeros(60)), {0, 0, 1500}));
  CHECK(decoded(ipv4(47, erspan_2(cut)), 101, all_tunnels).tunnel_id() == 0);
  const PacketRecord record = decoded(ipv4(47, erspan_2(cut, 0x0400)), 101, all_tunnels);
  CHECK(record.tunnel_id() == 7);
  CHECK(record.ip_size == 1500);
}

TEST_CASE("short frames in L2TPv3 are padded") {
  const Bytes small = ethernet(0x0800, ipv4(17, udp(1111, 53, zeros(1))));
  const Bytes padded = small + zeros(60 - small.size());
  CHECK(decoded(ipv4(115, be32(9) + zeros(4) + padded), 101, all_tunnels).src_port == 1111);
  CHECK(decoded(ipv4(115, be32(9) + zeros(4) + padded + zeros(1)), 101, all_tunnels).tunnel_id() == 0);
}

TEST_CASE("Teredo's own questions are link-local, and trailers may follow") {
  Bytes solicitation = teredo_ipv6(58, zeros(8));
  std::copy_n(hex("fe80000000000000").begin(), 8, solicitation.begin() + 8);
  CHECK(decoded(ipv4(17, udp(40000, 3544, solicitation)), 101, all_tunnels).tunnel_id() == 8);
  CHECK(decoded(ipv4(17, udp(40000, 3544, teredo + hex("0104aabbccdd"))), 101, all_tunnels).src_port == 1111);
}
