#include "engine/decode/link.h"

#include <doctest/doctest.h>

#include <iterator>
#include <string>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes v4 = ipv4(6, tcp(1, 2, {}));
const Bytes v6 = ipv6(6, tcp(1, 2, {}));

struct Ignored {
  std::string name;
  unsigned link_type;
  Bytes frame;
  IgnoreReason reason;
};

}  // namespace

TEST_CASE("supported link types are those that are decoded") {
  for (const unsigned link_type : {0u,   1u,   9u,   12u,  14u,  50u,  51u,  100u, 101u, 104u, 105u, 107u, 108u, 109u, 113u,
                                   117u, 119u, 127u, 163u, 178u, 192u, 228u, 229u, 239u, 242u, 252u, 258u, 276u, 284u, 285u}) {
    CAPTURE(link_type);
    CHECK(link_type_supported(link_type));
    CHECK(link_type_name(link_type) != nullptr);
    CHECK(reason_of(decoded(zeros(80), link_type)) != IgnoreReason::link_type);
  }
  for (const uint32_t link_type : {2u, 11u, 147u, 220u, 227u, 281u, 0x10001u, 0xffffffffu}) {
    CAPTURE(link_type);
    CHECK_FALSE(link_type_supported(link_type));
  }
  CHECK(reason_of(decoded(ethernet(0x0800, v4), 227)) == IgnoreReason::link_type);
}

TEST_CASE("link types have tcpdump's names") {
  CHECK(std::string(link_type_name(1)) == "EN10MB");
  CHECK(std::string(link_type_name(101)) == "RAW");
  CHECK(std::string(link_type_name(276)) == "LINUX_SLL2");
  CHECK(std::string(link_type_name(249)) == "USBPCAP");
  CHECK(link_type_name(5000) == nullptr);
}

TEST_CASE("what is not IP is ignored by reason") {
  const Bytes bpdu = hex("424203") + zeros(50);
  const Bytes a_msdu = ieee80211("8802", hex("8000 aaaa03000000 0800") + v4);
  const Ignored cases[] = {
      {"ARP", 1, ethernet(0x0806, hex("0001080006040001") + zeros(38)), IgnoreReason::not_ip},
      {"an unknown type before bytes like IP's", 1, ethernet(0x88f7, v4), IgnoreReason::not_ip},
      {"type 0xffff", 1, ethernet(0xffff, v4), IgnoreReason::not_ip},
      {"spanning tree", 1, ethernet(53, bpdu), IgnoreReason::not_ip},
      {"SNAP of another organisation", 1, ethernet(50, hex("aaaa03 00000c 0800") + v4), IgnoreReason::not_ip},
      {"SNAP with a length for a type", 1, ethernet(50, snap(100, v4)), IgnoreReason::not_ip},
      {"SNAP that is no unnumbered frame", 1, ethernet(50, hex("aaaa01 000000 0800") + v4), IgnoreReason::not_ip},
      {"NULL of another family", 0, le32(7) + v4, IgnoreReason::not_ip},
      {"PPP link control", 9, hex("ff03 c021") + zeros(20), IgnoreReason::not_ip},
      {"Cisco's keep-alive", 104, hex("8f00 8035") + zeros(20), IgnoreReason::not_ip},
      {"Cisco HDLC with a number below the types", 104, hex("0f00 0004") + v4, IgnoreReason::not_ip},
      {"Linux cooked with Novell's 802.3", 113, zeros(14) + be16(1) + v4, IgnoreReason::not_ip},
      {"Linux cooked with ARP", 276, be16(0x0806) + zeros(40), IgnoreReason::not_ip},
      {"raw bytes of no IP version", 101, hex("50") + zeros(60), IgnoreReason::not_ip},
      {"IPv6 on IPV4's link type", 228, v6, IgnoreReason::malformed},
      {"IPv4 on IPV6's link type", 229, v4, IgnoreReason::malformed},
      {"IPv4's type before IPv6", 1, ethernet(0x0800, v6), IgnoreReason::malformed},
      {"IPv6's type before IPv4", 1, ethernet(0x86dd, v4), IgnoreReason::malformed},
      {"NULL, IPv4 before IPv6", 0, le32(2) + v6, IgnoreReason::malformed},
      {"802.11 management", 105, ieee80211("8000", zeros(60)), IgnoreReason::not_ip},
      {"802.11 without data", 105, ieee80211("4801", snap(0x0800, v4)), IgnoreReason::not_ip},
      {"802.11, several MSDUs", 105, a_msdu, IgnoreReason::not_ip},
      {"802.11 of protocol version 1", 105, ieee80211("0901", snap(0x0800, v4)), IgnoreReason::not_ip},
      {"radiotap, damaged frame", 127, radiotap(0x40, ieee80211("0801", snap(0x0800, v4))), IgnoreReason::bad_checksum},
      {"radiotap shorter than its header", 127, hex("0000 0000 00000000") + zeros(60), IgnoreReason::malformed},
      {"radiotap whose presence words run out", 127, hex("0000 0c00 000000a0 000000a0") + zeros(60), IgnoreReason::malformed},
      {"radiotap whose flags lie outside", 127, hex("0000 0900 03000000 00") + zeros(60), IgnoreReason::malformed},
      {"radiotap longer than the capture", 127, hex("0000 00ff 00000000") + zeros(60), IgnoreReason::truncated},
      {"PPI, damaged frame", 192, ppi(105, hex("0200 0a00 0000000000000000 0400"), ieee80211("0801", snap(0x0800, v4))), IgnoreReason::bad_checksum},
      {"PPI in PPI", 192, ppi(192, {}, ppi(1, {}, ethernet(0x0800, v4))), IgnoreReason::link_type},
      {"PPI with an unknown link type", 192, ppi(147, {}, ethernet(0x0800, v4)), IgnoreReason::link_type},
      {"PPI shorter than its header", 192, hex("0000 0700 01000000") + v4, IgnoreReason::malformed},
      {"PPPoE discovery", 1, ethernet(0x8863, zeros(40)), IgnoreReason::not_ip},
      {"PPPoE code that is no data", 1, ethernet(0x8864, hex("11a7 0001 0030 0021") + v4), IgnoreReason::not_ip},
      {"NFLOG without a packet", 239, hex("02 00 0001 0800 0100 0800 0300"), IgnoreReason::not_ip},
      {"NFLOG with an attribute shorter than its header", 239, hex("02 00 0001 0300 0900") + v4, IgnoreReason::malformed},
      {"NFLOG of another family", 239, hex("03 00 0001 ffff 0900") + v4, IgnoreReason::not_ip},
      {"NFLOG of a bridge that does not say the type", 239, hex("07 00 0001 ffff 0900") + v4, IgnoreReason::not_ip},
      {"NFLOG with an attribute beyond the capture", 239, hex("02 00 0001 ffff 0a00") + zeros(40), IgnoreReason::not_ip},
      {"NFLOG of IPv4 with IPv6", 239, hex("02 00 0001 ffff 0900") + v6, IgnoreReason::malformed},
      {"PFLOG with too short a header", 117, hex("2c 02") + zeros(42) + v4, IgnoreReason::malformed},
      {"PFLOG of another family", 117, hex("3d 11") + zeros(62) + v4, IgnoreReason::not_ip},
      {"ENC of another family", 109, le32(18) + zeros(8) + v4, IgnoreReason::not_ip},
      {"an exported PDU of another protocol", 252, hex("000c 0004 73697000 0000 0000") + v4, IgnoreReason::not_ip},
      {"an exported PDU without a protocol", 252, hex("0014 0004 c0000201 0000 0000") + v4, IgnoreReason::not_ip},
      {"an exported PDU without an end of its tags", 252, hex("000c 0002 6970"), IgnoreReason::truncated},
      {"PKTAP without a packet", 258, hex("6c000000 00000000 01000000") + zeros(96), IgnoreReason::not_ip},
      {"PKTAP shorter than its header", 258, hex("6b000000 01000000 01000000") + zeros(96), IgnoreReason::malformed},
      {"PKTAP in PKTAP", 258, hex("6c000000 01000000 02010000") + zeros(96) + zeros(120), IgnoreReason::link_type},
      {"PKTAP with a link type of no number", 258, hex("6c000000 01000000 01000100") + zeros(96) + zeros(120), IgnoreReason::link_type},
      {"Juniper of another magic number", 178, hex("4d4744 00") + ethernet(0x0800, v4), IgnoreReason::malformed},
      {"Juniper with extensions beyond the capture", 178, hex("4d4743 80 ffff") + ethernet(0x0800, v4), IgnoreReason::truncated},
      {"Prism shorter than its header", 119, hex("44000000 17000000") + zeros(200), IgnoreReason::malformed},
      {"Prism longer than the capture", 119, hex("44000000 00010000") + zeros(200), IgnoreReason::truncated},
      {"AVS of another magic number", 163, hex("80212001 00000040") + zeros(120), IgnoreReason::malformed},
      {"AVS shorter than its header", 163, hex("80211001 00000007") + zeros(120), IgnoreReason::malformed},
      {"Frame Relay with one byte of address", 107, hex("19 03cc") + v4, IgnoreReason::malformed},
      {"Frame Relay with five bytes of address", 107, hex("1840404041 03cc") + v4, IgnoreReason::malformed},
      {"Frame Relay's status", 107, hex("0001 0308") + zeros(20), IgnoreReason::not_ip},
      {"Frame Relay, LMI", 107, hex("0081 0309") + zeros(20), IgnoreReason::not_ip},
      {"Frame Relay with another control field", 107, hex("1841 01cc") + v4, IgnoreReason::not_ip},
      {"Frame Relay with a bridged token ring", 107, hex("1841 030080 0080c2 0009") + zeros(40), IgnoreReason::not_ip},
      {"ATM with another control field", 100, hex("aaaa01 000000 0800") + v4, IgnoreReason::not_ip},
      {"ATM of another service", 100, hex("424203") + zeros(40), IgnoreReason::not_ip},
      {"ATM with IS-IS", 100, hex("fefe03 83") + zeros(40), IgnoreReason::not_ip},
      {"ARP over InfiniBand", 242, hex("0806 0000") + zeros(40), IgnoreReason::not_ip},
      {"DSA with ARP", 284, mac_b + mac_a + hex("c0180005 0806") + zeros(28), IgnoreReason::not_ip},
      {"EDSA with ARP", 285, ethernet(0xdada, hex("0000 c0180005 0806") + zeros(28)), IgnoreReason::not_ip},
      {"MPLS without a bottom", 1, ethernet(0x8847, mpls(16, false, mpls(17, false, {}))), IgnoreReason::truncated},
  };
  for (const Ignored& ignored : cases) {
    CAPTURE(ignored.name);
    const PacketRecord record = decoded(ignored.frame, ignored.link_type);
    CHECK(reason_of(record) == ignored.reason);
    CHECK(record.ip_version() == 0);
  }
}

TEST_CASE("a PPI field that overruns its header hides nothing") {
  const Bytes fields = hex("0300 ffff 0200 0a00 0000000000000000 0400");
  CHECK(reason_of(decoded(ppi(1, fields, ethernet(0x0800, v4)), 192)) == IgnoreReason::none);
}

TEST_CASE("an ignored frame keeps its addresses and its VLAN") {
  const PacketRecord record = decoded(ethernet(0x8100, vlan(12, 0x0806, zeros(28))));
  CHECK(reason_of(record) == IgnoreReason::not_ip);
  CHECK(record.vlan_id == 12);
  CHECK(record.src_mac_offset == 6);
  CHECK(record.dst_mac_offset == 0);
}
