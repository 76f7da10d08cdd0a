#include "decode/sample_frames.h"

namespace nfstream::test {
namespace {

const Bytes segment = tcp(1111, 2222, zeros(30));
const Bytes v4 = ipv4(6, segment);
const Bytes v6 = ipv6(6, segment);
const Bytes data_v4 = snap(0x0800, v4);

unsigned u(size_t value) { return static_cast<unsigned>(value); }

std::vector<SampleFrame> link_layers() {
  return {
      {"Ethernet", 1, ethernet(0x0800, v4), 14, 4, 0, 0, 6, 0},
      {"Ethernet, IPv6", 1, ethernet(0x86dd, v6), 14, 6, 0, 0, 6, 0},
      {"802.3 with SNAP", 1, ethernet(u(data_v4.size()), data_v4), 22, 4, 0, 0, 6, 0},
      {"802.3 with a bridge tunnel's SNAP", 1, ethernet(90, hex("aaaa03 0000f8 0800") + v4), 22, 4, 0, 0, 6, 0},
      {"NULL, little-endian", 0, le32(2) + v4, 4},
      {"NULL, big-endian", 0, be32(2) + v4, 4},
      {"NULL, Linux's IPv6", 0, le32(10) + v6, 4, 6},
      {"NULL, Windows' IPv6", 0, le32(23) + v6, 4, 6},
      {"NULL, NetBSD's IPv6", 0, le32(24) + v6, 4, 6},
      {"NULL, FreeBSD's IPv6", 0, be32(28) + v6, 4, 6},
      {"NULL, macOS' IPv6", 0, le32(30) + v6, 4, 6},
      {"LOOP", 108, be32(2) + v4, 4},
      {"PPP in HDLC framing", 9, hex("ff03 0021") + v4, 4},
      {"PPP, bare", 9, hex("0057") + v6, 2, 6},
      {"PPP, compressed protocol field", 9, hex("21") + v4, 1},
      {"PPP with MPLS", 9, hex("ff03 0281") + mpls(5, true, v6), 8, 6},
      {"PPP with multicast MPLS", 9, hex("ff03 0283") + mpls(5, true, v4), 8},
      {"Cisco HDLC on PPP's link type", 9, hex("0f00 0800") + v4, 4},
      {"PPP_SERIAL", 50, hex("ff03 0021") + v4, 4},
      {"PPP_ETHER", 51, pppoe(0x21, v4), 8},
      {"Cisco HDLC", 104, hex("0f00 0800") + v4, 4},
      {"Cisco HDLC, broadcast", 104, hex("8f00 86dd") + v6, 4, 6},
      {"Cisco HDLC with MPLS", 104, hex("0f00 8847") + mpls(1, true, v4), 8},
      {"Linux cooked", 113, zeros(14) + be16(0x0800) + v4, 16},
      {"Linux cooked with 802.2", 113, zeros(14) + be16(4) + data_v4, 24},
      {"Linux cooked with a tag", 113, zeros(14) + be16(0x8100) + vlan(9, 0x86dd, v6), 20, 6, 9},
      {"Linux cooked v2", 276, be16(0x86dd) + zeros(18) + v6, 20, 6},
      {"RAW 12", 12, v4, 0},
      {"RAW 14", 14, v6, 0, 6},
      {"RAW 101", 101, v6, 0, 6},
      {"IPV4", 228, v4, 0},
      {"IPV6", 229, v6, 0, 6},
  };
}

std::vector<SampleFrame> radio_frames() {
  return {
      {"802.11 between stations", 105, ieee80211("0800", data_v4), 32, 4, 0, 0, 10, 4},
      {"802.11 to an access point", 105, ieee80211("0801", data_v4), 32, 4, 0, 0, 10, 16},
      {"802.11 from an access point", 105, ieee80211("0802", data_v4), 32, 4, 0, 0, 16, 4},
      {"802.11 between access points", 105, ieee80211("0803", mac_d + data_v4), 38, 4, 0, 0, 24, 16},
      {"802.11 with QoS", 105, ieee80211("8801", be16(0) + data_v4), 34, 4, 0, 0, 10, 16},
      {"802.11 with QoS and HT control", 105, ieee80211("8881", zeros(6) + data_v4), 38, 4, 0, 0, 10, 16},
      {"radiotap", 127, radiotap(0, ieee80211("0801", data_v4)), 41, 4, 0, 0, 19, 25},
      {"radiotap, padded header", 127, radiotap(0x20, ieee80211("8801", be16(0) + be16(0) + data_v4)), 45, 4, 0, 0, 19, 25},
      {"radiotap with time and two presence words", 127, hex("0000 1a00 030000a0 00000020 00000000 0000000000000000 1000") + ieee80211("0801", data_v4), 58, 4,
       0, 0, 36, 42},
      {"PPI with Ethernet", 192, ppi(1, {}, ethernet(0x0800, v4)), 22, 4, 0, 0, 14, 8},
      {"PPI with 802.11 and its fields", 192, ppi(105, hex("0300 0200 0000 0200 0a00 0000000000000000 0100"), ieee80211("0802", data_v4)), 60, 4, 0, 0, 44, 32},
  };
}

std::vector<SampleFrame> tagged_frames() {
  return {
      {"802.1Q", 1, ethernet(0x8100, vlan(0x6007, 0x0800, v4)), 18, 4, 7, 0, 6, 0},
      {"802.1ad with 802.1Q inside", 1, ethernet(0x88a8, vlan(100, 0x8100, vlan(7, 0x86dd, v6))), 22, 6, 7, 0, 6, 0},
      {"0x9100 twice and 802.1Q", 1, ethernet(0x9100, vlan(1, 0x9100, vlan(2, 0x8100, vlan(4095, 0x0800, v4)))), 26, 4, 4095, 0, 6, 0},
      {"802.1Q with SNAP", 1, ethernet(0x8100, vlan(5, u(data_v4.size()), data_v4)), 26, 4, 5, 0, 6, 0},
      {"MPLS, two labels", 1, ethernet(0x8847, mpls(16, false, mpls(17, true, v4))), 22, 4, 0, 0, 6, 0},
      {"multicast MPLS", 1, ethernet(0x8848, mpls(16, true, v6)), 18, 6, 0, 0, 6, 0},
      {"PPPoE", 1, ethernet(0x8864, pppoe(0x21, v4)), 22, 4, 0, 0, 6, 0},
      {"802.1Q, PPPoE, IPv6", 1, ethernet(0x8100, vlan(3, 0x8864, pppoe(0x57, v6))), 26, 6, 3, 0, 6, 0},
      {"PPPoE with MPLS", 1, ethernet(0x8864, pppoe(0x281, mpls(16, true, v4))), 26, 4, 0, 0, 6, 0},
  };
}

std::vector<SampleFrame> ip_frames() {
  const Bytes later = extension(139, extension(140, extension(44, ipv6_fragment(6, 1, segment))));
  const Bytes chain = extension(43, extension(60, extension(135, later)), 2);
  const Bytes ah = Bytes{6, 4} + zeros(22) + segment;
  return {
      {"IPv4 options", 101, ipv4(6, segment, {40}), 0},
      {"IPv4 first fragment", 101, ipv4(6, segment, {0, 0x2000}), 0},
      {"IPv6 extension headers", 101, ipv6(0, chain), 0, 6},
      {"IPv6 authentication header", 101, ipv6(51, ah), 0, 6},
      {"IPv4 in IPv4", 101, ipv4(4, v4), 20},
      {"IPv6 in IPv4", 101, ipv4(41, v6), 20, 6},
      {"IPv4 in IPv6", 101, ipv6(4, v4), 40},
      {"IPv6 in IPv6 behind options", 101, ipv6(60, extension(41, v6)), 48, 6},
      {"eight headers deep", 101, ipv4(4, ipv4(4, ipv4(4, ipv4(4, ipv4(4, ipv4(4, ipv4(4, v4))))))), 140},
  };
}

std::vector<SampleFrame> tunnelled_frames() {
  const Bytes options = be16(1) + hex("00 00");
  const Bytes extensions = be16(1) + hex("00 85") + hex("01 1000 c0") + hex("02 000000000000 00");
  const Bytes encapsulated = ethernet(0x0800, v4);
  return {
      {"GTP-U", 1, ethernet(0x0800, ipv4(17, udp(2152, 2152, gtp(v4)))), 50, 4, 0, 1, 6, 0},
      {"GTP-U over IPv6", 1, ethernet(0x86dd, ipv6(17, udp(40000, 2152, gtp(v6)))), 70, 6, 0, 1, 6, 0},
      {"GTP-U with a sequence number", 101, ipv4(17, udp(2152, 40000, gtp(v4, 0x32, 0xff, options))), 40, 4, 0, 1},
      {"GTP-U with extension headers", 101, ipv4(17, udp(2152, 2152, gtp(v6, 0x34, 0xff, extensions))), 52, 6, 0, 1},
      {"GTP-U in a VLAN with IP in IP", 1, ethernet(0x8100, vlan(8, 0x0800, ipv4(17, udp(2152, 2152, gtp(ipv4(4, v4)))))), 74, 4, 8, 1, 6, 0},
      {"CAPWAP with 802.11", 101, ipv4(17, udp(5247, 9, capwap(capwap_native, ieee80211("0801", data_v4)))), 68, 4, 0, 2, 46, 52},
      {"CAPWAP, swapped frame control", 101, ipv4(17, udp(9, 5247, capwap(capwap_native, ieee80211("0208", data_v4)))), 68, 4, 0, 2, 52, 40},
      {"CAPWAP over IPv6", 101, ipv6(17, udp(5247, 9, capwap(capwap_native, ieee80211("0801", snap(0x86dd, v6))))), 88, 6, 0, 2, 66, 72},
      {"CAPWAP with Ethernet", 101, ipv4(17, udp(5247, 9, capwap(0, encapsulated))), 50, 4, 0, 2, 42, 36},
      {"CAPWAP, first fragment", 101, ipv4(17, udp(5247, 9, capwap(capwap_native | capwap_fragment, ieee80211("0801", data_v4)))), 68, 4, 0, 2, 46, 52},
      {"TZSP with Ethernet", 101, ipv4(17, udp(37008, 9, tzsp(1, hex("01"), encapsulated))), 47, 4, 0, 3, 39, 33},
      {"TZSP with tags", 101, ipv4(17, udp(9, 37008, tzsp(1, hex("00 00 0a01b0 00 290200ff 01"), encapsulated))), 57, 4, 0, 3, 49, 43},
      {"TZSP over IPv6 with 802.11", 101, ipv6(17, udp(9, 37008, tzsp(18, hex("01"), ieee80211("0802", data_v4)))), 85, 4, 0, 3, 69, 57},
      {"TZSP with a VLAN inside", 101, ipv4(17, udp(9, 37008, tzsp(1, hex("01"), ethernet(0x8100, vlan(6, 0x86dd, v6))))), 51, 6, 6, 3, 39, 33},
  };
}

std::vector<SampleFrame> overlay_frames() {
  const Bytes bridged = ethernet(0x0800, v4);
  const Bytes option = hex("0102 80 01 aabbccdd");
  return {
      {"VXLAN", 1, ethernet(0x0800, ipv4(17, udp(50000, 4789, vxlan(42, bridged)))), 64, 4, 0, 5, 56, 50, 42},
      {"VXLAN on Linux' port, over IPv6", 101, ipv6(17, udp(50000, 8472, vxlan(0xffffff, bridged))), 70, 4, 0, 5, 62, 56, 0xffffff},
      {"VXLAN with a group policy and a VLAN inside", 101, ipv4(17, udp(50000, 4789, vxlan(7, ethernet(0x8100, vlan(9, 0x86dd, v6)), 0x88))), 54, 6, 9, 5, 42,
       36, 7},
      {"Geneve with Ethernet", 101, ipv4(17, udp(50000, 6081, geneve(5, 0x6558, bridged))), 50, 4, 0, 6, 42, 36, 5},
      {"Geneve with options and IPv4", 101, ipv4(17, udp(50000, 6081, geneve(5, 0x0800, v4, option + hex("0102 03 00"), 0x40))), 48, 4, 0, 6, no_mac, no_mac,
       5},
      {"Geneve over IPv6 with IPv6", 101, ipv6(17, udp(50000, 6081, geneve(5, 0x86dd, v6))), 56, 6, 0, 6, no_mac, no_mac, 5},
  };
}

std::vector<SampleFrame> gre_frames() {
  const Bytes bridged = ethernet(0x0800, v4);
  return {
      {"GRE", 1, ethernet(0x0800, ipv4(47, gre(0, 0x0800, v4))), 38, 4, 0, 7, 6, 0},
      {"GRE over IPv6 with IPv6", 101, ipv6(47, gre(0, 0x86dd, v6)), 44, 6, 0, 7},
      {"GRE with checksum, key and sequence number", 101, ipv4(47, gre(0xb000, 0x0800, v4, zeros(12))), 36, 4, 0, 7},
      {"GRE with a key", 101, ipv4(47, gre(0x2000, 0x0800, v4, be32(1))), 28, 4, 0, 7},
      {"GRE with Ethernet", 101, ipv4(47, gre(0, 0x6558, bridged)), 38, 4, 0, 7, 30, 24},
      {"GRE with MPLS", 101, ipv4(47, gre(0, 0x8847, mpls(5, true, v6))), 28, 6, 0, 7},
      {"ERSPAN type I", 101, ipv4(47, gre(0, 0x88be, bridged)), 38, 4, 0, 7, 30, 24},
      {"ERSPAN type II", 101, ipv4(47, erspan_2(bridged)), 50, 4, 0, 7, 42, 36},
      {"ERSPAN type II over IPv6 with a VLAN inside", 101, ipv6(47, erspan_2(ethernet(0x8100, vlan(9, 0x0800, v4)))), 74, 4, 9, 7, 62, 56},
      {"ERSPAN type III", 101, ipv4(47, erspan_3(bridged)), 54, 4, 0, 7, 46, 40},
      {"ERSPAN type III with a platform's header", 101, ipv4(47, erspan_3(bridged, 1, zeros(8))), 62, 4, 0, 7, 54, 48},
      {"ERSPAN type III with IP", 101, ipv4(47, erspan_3(v6, 2 << 10)), 40, 6, 0, 7},
      {"PPTP", 101, ipv4(47, pptp(hex("ff03 0021") + v4)), 36, 4, 0, 7},
      {"PPTP over IPv6, compressed fields", 101, ipv6(47, pptp(hex("21") + v4)), 53, 4, 0, 7},
      {"PPTP with an acknowledgment", 101, ipv4(47, gre(0x3081, 0x880b, hex("0057") + v6, be16(u(v6.size()) + 2) + zeros(10))), 38, 6, 0, 7},
  };
}

std::vector<SampleFrame> l2tp_and_teredo_frames() {
  const Bytes ppp = hex("ff03 0021") + v4;
  const Bytes bridged = ethernet(0x0800, v4);
  const Bytes from_teredo = teredo_ipv6(6, segment);
  return {
      {"L2TP", 1, ethernet(0x0800, ipv4(17, udp(1701, 1701, l2tp(ppp)))), 52, 4, 0, 4, 6, 0},
      {"L2TP over IPv6 with all fields", 101,
       ipv6(17, udp(40000, 1701, be16(0x4b02) + be16(u(ppp.size()) + 17) + be16(5) + be16(6) + zeros(4) + be16(3) + zeros(3) + ppp)), 69, 4, 0, 4},
      {"L2TP, compressed PPP", 101, ipv4(17, udp(1701, 1701, l2tp(hex("57") + v6))), 35, 6, 0, 4},
      {"L2TPv3 over IP", 101, ipv4(115, be32(9) + bridged), 38, 4, 0, 4, 30, 24},
      {"L2TPv3 over IPv6 with cookie and sublayer", 101, ipv6(115, be32(9) + hex("0123456789abcdef") + zeros(4) + bridged), 70, 4, 0, 4, 62, 56},
      {"L2TPv3 over UDP with a sublayer", 101, ipv4(17, udp(1701, 1701, hex("00030000") + be32(9) + zeros(4) + bridged)), 54, 4, 0, 4, 46, 40},
      {"Teredo", 1, ethernet(0x0800, ipv4(17, udp(40000, 3544, from_teredo))), 42, 6, 0, 8, 6, 0},
      {"Teredo over IPv6", 101, ipv6(17, udp(3544, 40000, from_teredo)), 48, 6, 0, 8},
      {"Teredo with an origin", 101, ipv4(17, udp(3544, 40000, hex("0000 63bf 34ff8efe") + from_teredo)), 36, 6, 0, 8},
      {"Teredo with authentication and an origin", 101, ipv4(17, udp(3544, 40000, hex("0001 0204") + zeros(15) + hex("0000 63bf 34ff8efe") + from_teredo)), 55,
       6, 0, 8},
  };
}

std::vector<SampleFrame> all_frames() {
  std::vector<SampleFrame> all;
  for (const auto& group :
       {link_layers(), radio_frames(), tagged_frames(), ip_frames(), tunnelled_frames(), overlay_frames(), gre_frames(), l2tp_and_teredo_frames()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace

const std::vector<SampleFrame>& sample_frames() {
  static const std::vector<SampleFrame> frames = all_frames();
  return frames;
}

}  // namespace nfstream::test
