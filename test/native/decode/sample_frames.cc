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

// An attribute of NFLOG in the byte order of a machine. All but the last are filled up to whole words.
Bytes last_attribute(unsigned type, const Bytes& value, bool big = false) {
  const unsigned length = u(value.size()) + 4;
  return (big ? be16(length) + be16(type) : le16(length) + le16(type)) + value;
}
Bytes attribute(unsigned type, const Bytes& value, bool big = false) { return last_attribute(type, value, big) + zeros((4 - value.size() % 4) % 4); }

Bytes pktap(unsigned inner, unsigned length = 108, unsigned record = 1) {
  return le32(length) + le32(record) + le32(inner) + hex("656e30") + zeros(21) + zeros(length - 36);
}
Bytes pktap_2(unsigned inner, unsigned length = 40) {
  return Bytes{static_cast<uint8_t>(length)} + zeros(5) + le16(inner) + zeros(28) + le32(0x00080001) + zeros(length - 40);
}

Bytes pflog(unsigned length, unsigned family) { return Bytes{static_cast<uint8_t>(length), static_cast<uint8_t>(family)} + zeros((length + 3) / 4 * 4 - 2); }

Bytes pdu_tag(unsigned tag, const Bytes& value) { return be16(tag) + be16(u(value.size())) + value; }

std::vector<SampleFrame> logged_frames() {
  const Bytes header = attribute(1, hex("0800 03 00")) + attribute(10, hex("726f7574 00"));
  const Bytes name_ip = hex("6970 0000"), name_ethernet = hex("6574685f776974686f7574666373 0000");
  return {
      {"NFLOG", 239, hex("02 00 0001") + header + last_attribute(9, v4), 28},
      {"NFLOG, IPv6, of a big-endian machine", 239, hex("0a 00 0001") + attribute(10, hex("00"), true) + last_attribute(9, v6, true), 16, 6},
      {"NFLOG of a bridge", 239, hex("07 00 0001") + attribute(1, hex("86dd 03 00")) + last_attribute(9, v6), 16, 6},
      {"NFLOG with nested attributes", 239, hex("02 00 0001") + attribute(0x8013, zeros(12)) + last_attribute(9, v4), 24},
      {"PFLOG", 117, pflog(61, 2) + v4, 64},
      {"PFLOG, OpenBSD's IPv6", 117, pflog(100, 24) + v6, 100, 6},
      {"PFLOG, FreeBSD's IPv6", 117, pflog(69, 28) + v6, 72, 6},
      {"ENC", 109, le32(2) + zeros(8) + v4, 12},
      {"ENC, IPv6, of a big-endian machine", 109, be32(24) + zeros(8) + v6, 12, 6},
      {"exported PDU", 252, pdu_tag(12, name_ip) + pdu_tag(30, be32(7)) + pdu_tag(0, {}) + v4, 20},
      {"exported PDU, name without padding", 252, pdu_tag(12, hex("69707636")) + pdu_tag(0, {}) + v6, 12, 6},
      {"exported PDU with Ethernet", 252, pdu_tag(12, name_ethernet) + pdu_tag(0, {}) + ethernet(0x8100, vlan(9, 0x0800, v4)), 42, 4, 9, 0, 30, 24},
      {"PKTAP with Ethernet", 258, pktap(1) + ethernet(0x0800, v4), 122, 4, 0, 0, 114, 108},
      {"PKTAP with raw IP and a longer header", 258, pktap(12, 156) + v6, 156, 6},
      {"PKTAP with NULL", 258, pktap(0) + le32(30) + v6, 112, 6},
      {"PKTAP of version 2", 258, pktap_2(1, 58) + ethernet(0x86dd, v6), 72, 6, 0, 0, 64, 58},
      {"Juniper Ethernet", 178, hex("4d4743 01") + ethernet(0x0800, v4), 18, 4, 0, 0, 10, 4},
      {"Juniper Ethernet with extensions", 178, hex("4d4743 80 0006 0102 0304 0506") + ethernet(0x86dd, v6), 26, 6, 0, 0, 18, 12},
      {"Juniper without a link layer", 178, hex("4d4743 02 02000000") + v4, 8},
      {"Juniper without a link layer, with extensions", 178, hex("4d4743 83 0003 0102 03 02000000") + v6, 13, 6},
  };
}

std::vector<SampleFrame> lines_and_fabrics() {
  return {
      {"Frame Relay", 107, hex("1841 03cc") + v4, 4},
      {"Frame Relay, IPv6 behind three bytes of address", 107, hex("184041 038e") + v6, 5, 6},
      {"Frame Relay, four bytes of address and SNAP", 107, hex("18404041 0380 000000 0800") + v4, 11},
      {"Frame Relay, SNAP behind a zero", 107, hex("1841 030080 000000 86dd") + v6, 10, 6},
      {"Frame Relay, Cisco's", 107, hex("1841 0800") + v4, 4},
      {"Frame Relay, PPP", 107, hex("1841 03cf 0021") + v4, 6},
      {"Frame Relay, bridged", 107, hex("1841 030080 0080c2 0007") + ethernet(0x0800, v4), 24, 4, 0, 0, 16, 10},
      {"ATM", 100, data_v4, 8},
      {"ATM, bridged", 100, hex("aaaa03 0080c2 0007 0000") + ethernet(0x86dd, v6), 24, 6, 0, 0, 16, 10},
      {"ATM, bridged with a check sequence", 100, hex("aaaa03 0080c2 0001 0000") + ethernet(0x8100, vlan(3, 0x0800, v4)), 28, 4, 3, 0, 16, 10},
      {"ATM, PPP", 100, hex("fefe03cf 0021") + v4, 6},
      {"ATM, ISO's number of IP", 100, hex("fefe03cc") + v4, 4},
      {"IP over InfiniBand", 242, hex("0800 0000") + v4, 4},
      {"IP over InfiniBand behind a route header", 242, hex("60000000") + zeros(36) + hex("86dd 0000") + v6, 44, 6},
      {"IP over InfiniBand behind zeros", 242, zeros(40) + hex("0800 0000") + v4, 44},
      {"DSA, untagged", 284, mac_b + mac_a + hex("c0180005 0800") + v4, 18, 4, 0, 0, 6, 0},
      {"DSA, tagged", 284, mac_b + mac_a + hex("e01860c8 86dd") + v6, 18, 6, 200, 0, 6, 0},
      {"DSA with a tag behind", 284, mac_b + mac_a + hex("e01860c8 8100") + vlan(7, 0x0800, v4), 22, 4, 7, 0, 6, 0},
      {"DSA with SNAP", 284, mac_b + mac_a + hex("c0180005") + be16(u(data_v4.size())) + data_v4, 26, 4, 0, 0, 6, 0},
      {"EDSA", 285, ethernet(0xdada, hex("0000 c0180005 0800") + v4), 22, 4, 0, 0, 6, 0},
      {"EDSA of another type, tagged", 285, ethernet(0x9200, hex("0000 2018000c 86dd") + v6), 22, 6, 12, 0, 6, 0},
      {"EDSA by its type", 1, ethernet(0xdada, hex("0000 2018000c 0800") + v4), 22, 4, 12, 0, 6, 0},
  };
}

std::vector<SampleFrame> radio_frames() {
  const Bytes prism = hex("776c616e30") + zeros(11) + zeros(120);
  const Bytes avs = hex("80211001 00000040") + zeros(56);
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
      {"Prism", 119, le32(0x44) + le32(144) + prism + ieee80211("0801", data_v4), 176, 4, 0, 0, 154, 160},
      {"Prism of a big-endian machine", 119, be32(0x41) + be32(144) + prism + ieee80211("0802", data_v4), 176, 4, 0, 0, 160, 148},
      {"AVS where Prism is announced", 119, avs + ieee80211("0801", data_v4), 96, 4, 0, 0, 74, 80},
      {"AVS", 163, avs + ieee80211("8801", be16(0) + data_v4), 98, 4, 0, 0, 74, 80},
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
  for (const auto& group : {link_layers(), logged_frames(), lines_and_fabrics(), radio_frames(), tagged_frames(), ip_frames(), tunnelled_frames(),
                            overlay_frames(), gre_frames(), l2tp_and_teredo_frames()}) {
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
