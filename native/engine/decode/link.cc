#include "engine/decode/link.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "engine/decode/link_headers.h"
#include "engine/decode/tags.h"

namespace nfstream {
namespace {

// The family's byte order is the capturing machine's for NULL and the network's for LOOP.
IgnoreReason strip_family(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 4)) return IgnoreReason::truncated;
  frame.offset = at + 4;
  return set_family(frame, family_at(frame, at));
}

IgnoreReason strip_cisco_hdlc(Frame& frame) {
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  frame.type = frame.be16(frame.offset + 2);
  frame.offset += 4;
  return frame.type < first_ethertype ? IgnoreReason::not_ip : IgnoreReason::none;
}

// A serial line carries PPP in HDLC framing (address 0xff), bare PPP, or Cisco's HDLC (address 0x0f or 0x8f).
IgnoreReason strip_serial(Frame& frame) {
  if (!frame.has(frame.offset, 2)) return IgnoreReason::truncated;
  const uint16_t start = frame.be16(frame.offset);
  return start == 0x0f00 || start == 0x8f00 ? strip_cisco_hdlc(frame) : strip_framed_ppp(frame);
}

IgnoreReason strip_cooked(Frame& frame, uint32_t protocol_at, uint32_t length) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, length)) return IgnoreReason::truncated;
  const uint16_t protocol = frame.be16(at + protocol_at);
  frame.offset = at + length;
  // Below the EtherTypes Linux has numbers of its own; 4 is an 802.2 frame.
  if (protocol < first_ethertype && protocol != 4) return IgnoreReason::not_ip;
  frame.type = protocol == 4 ? next_llc : protocol;
  return IgnoreReason::none;
}

IgnoreReason strip_sll(Frame& frame) { return strip_cooked(frame, 14, 16); }
IgnoreReason strip_sll2(Frame& frame) { return strip_cooked(frame, 0, 20); }

IgnoreReason typed(Frame& frame, uint32_t type) {
  frame.type = type;
  return IgnoreReason::none;
}

// A switch's tag takes the place of the EtherType, or stands behind one of its own.
IgnoreReason strip_dsa(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 12)) return IgnoreReason::truncated;
  frame.set_macs(at + 6, at);
  frame.offset = at + 12;
  return strip_switch_tag(frame);
}

// Switches can be told to use any EtherType here.
IgnoreReason strip_edsa(Frame& frame) {
  const IgnoreReason reason = strip_ethernet(frame);
  return reason == IgnoreReason::none ? typed(frame, next_switch_tag) : reason;
}

// A type and two bytes that are reserved (RFC 4391). Programs write it behind InfiniBand's global route header, which begins like IPv6 or with zeros.
IgnoreReason strip_ipoib(Frame& frame) {
  constexpr uint32_t route_header = 40;
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  const uint16_t first = frame.be16(frame.offset);
  const bool bare = first >= first_ethertype && first >> 12 != 6;
  const uint32_t at = frame.offset + (bare ? 0 : route_header);
  if (!frame.has(at, 4)) return IgnoreReason::truncated;
  frame.offset = at + 4;
  return typed(frame, frame.be16(at));
}

// Frames that begin with what they carry.
IgnoreReason strip_nothing(Frame& frame) { return typed(frame, next_any_ip); }
IgnoreReason strip_ppp_ether(Frame& frame) { return typed(frame, next_pppoe_session); }
IgnoreReason strip_ipv4(Frame& frame) { return typed(frame, next_ipv4); }
IgnoreReason strip_ipv6(Frame& frame) { return typed(frame, next_ipv6); }

}  // namespace

IgnoreReason strip_ppp(Frame& frame) {
  if (!frame.has(frame.offset, 1)) return IgnoreReason::truncated;
  uint16_t protocol = frame.u8(frame.offset);
  // A compressed protocol field is one odd byte.
  if (protocol & 1) {
    frame.offset += 1;
  } else {
    if (!frame.has(frame.offset, 2)) return IgnoreReason::truncated;
    protocol = frame.be16(frame.offset);
    frame.offset += 2;
  }
  switch (protocol) {
    case 0x0021: return typed(frame, next_ipv4);
    case 0x0057: return typed(frame, next_ipv6);
    case 0x0281: return typed(frame, next_mpls);
    case 0x0283: return typed(frame, next_mpls_multicast);
    default: return IgnoreReason::not_ip;
  }
}

IgnoreReason strip_framed_ppp(Frame& frame) {
  if (frame.has(frame.offset, 2) && frame.be16(frame.offset) == 0xff03) frame.offset += 2;
  return strip_ppp(frame);
}

namespace {

// THE table of link types. The first rows can be decoded; the others have names for messages about captures that can't be read.
constexpr LinkType link_types[] = {
    {link_null, "NULL", strip_family, nullptr, FilterOn::ip},
    {link_ethernet, "EN10MB", strip_ethernet},
    {link_ppp, "PPP", strip_serial},
    {link_raw_bsd, "RAW", strip_nothing, nullptr, FilterOn::ip},
    {link_raw_openbsd, "RAW", strip_nothing, nullptr, FilterOn::ip},
    {link_ppp_serial, "PPP_SERIAL", strip_serial},
    {link_ppp_ether, "PPP_ETHER", strip_ppp_ether},
    {link_atm_rfc1483, "ATM_RFC1483", strip_atm, nullptr, FilterOn::ip},
    {link_raw, "RAW", strip_nothing},
    {link_cisco_hdlc, "C_HDLC", strip_cisco_hdlc},
    {link_ieee80211, "IEEE802_11", strip_ieee80211},
    {link_frame_relay, "FRELAY", strip_frame_relay, nullptr, FilterOn::ip},
    {link_loop, "LOOP", strip_family, nullptr, FilterOn::ip},
    {link_enc, "ENC", strip_enc, nullptr, FilterOn::ip},
    {link_linux_sll, "LINUX_SLL", strip_sll},
    {link_pflog, "PFLOG", strip_pflog, nullptr, FilterOn::ip},
    {link_prism, "PRISM_HEADER", nullptr, unwrap_prism},
    {link_radiotap, "IEEE802_11_RADIO", strip_radiotap},
    {link_avs, "IEEE802_11_RADIO_AVS", nullptr, unwrap_avs},
    {link_juniper_ether, "JUNIPER_ETHER", nullptr, unwrap_juniper_ether},
    {link_ppi, "PPI", nullptr, unwrap_ppi},
    {link_ipv4, "IPV4", strip_ipv4},
    {link_ipv6, "IPV6", strip_ipv6},
    {link_nflog, "NFLOG", strip_nflog, nullptr, FilterOn::ip},
    {link_ipoib, "IPOIB", strip_ipoib, nullptr, FilterOn::ip},
    {link_exported_pdu, "WIRESHARK_UPPER_PDU", strip_exported_pdu, nullptr, FilterOn::ip},
    {link_pktap, "PKTAP", nullptr, unwrap_pktap},
    {link_linux_sll2, "LINUX_SLL2", strip_sll2},
    {link_dsa, "DSA_TAG_DSA", strip_dsa, nullptr, FilterOn::ip},
    {link_edsa, "DSA_TAG_EDSA", strip_edsa, nullptr, FilterOn::ip},

    {6, "IEEE802"},
    {7, "ARCNET"},
    {8, "SLIP"},
    {10, "FDDI"},
    {99, "SYMANTEC_FIREWALL"},
    {114, "LTALK"},
    {122, "IP_OVER_FC"},
    {123, "SUNATM"},
    {129, "ARCNET_LINUX"},
    {138, "APPLE_IP_OVER_IEEE1394"},
    {139, "MTP2_WITH_PHDR"},
    {140, "MTP2"},
    {141, "MTP3"},
    {143, "DOCSIS"},
    {144, "LINUX_IRDA"},
    {165, "BACNET_MS_TP"},
    {166, "PPP_PPPD"},
    {169, "GPRS_LLC"},
    {175, "ERF_ETH"},
    {176, "ERF_POS"},
    {177, "LINUX_LAPD"},
    {182, "MFR"},
    {186, "USB_FREEBSD"},
    {187, "BLUETOOTH_HCI_H4"},
    {189, "USB_LINUX"},
    {190, "CAN20B"},
    {195, "IEEE802_15_4"},
    {196, "SITA"},
    {197, "ERF"},
    {201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
    {202, "AX25_KISS"},
    {209, "IPMB_LINUX"},
    {219, "MPLS"},
    {220, "USB_LINUX_MMAPPED"},
    {224, "FC_2"},
    {225, "FC_2_WITH_FRAME_DELIMS"},
    {226, "IPNET"},
    {227, "CAN_SOCKETCAN"},
    {230, "IEEE802_15_4_NOFCS"},
    {231, "DBUS"},
    {235, "DVB_CI"},
    {240, "NETANALYZER"},
    {243, "MPEG_2_TS"},
    {247, "INFINIBAND"},
    {248, "SCTP"},
    {249, "USBPCAP"},
    {250, "RTAC_SERIAL"},
    {251, "BLUETOOTH_LE_LL"},
    {253, "NETLINK"},
    {254, "BLUETOOTH_LINUX_MONITOR"},
    {256, "BLUETOOTH_LE_LL_WITH_PHDR"},
    {257, "PROFIBUS_DL"},
    {259, "EPON"},
    {261, "ZWAVE_R1_R2"},
    {262, "ZWAVE_R3"},
    {264, "ISO_14443"},
    {265, "RDS"},
    {266, "USB_DARWIN"},
    {268, "SDLC"},
    {271, "VSOCK"},
    {272, "NORDIC_BLE"},
    {274, "ETHERNET_MPACKET"},
    {281, "DSA_TAG_BRCM"},
    {282, "DSA_TAG_BRCM_PREPEND"},
    {283, "IEEE802_15_4_TAP"},
    {288, "USB_2_0"},
    {289, "ATSC_ALP"},
};
constexpr size_t link_type_count = std::size(link_types);
static_assert(link_type_count < UINT8_MAX);

// Every number in the table is below this.
constexpr uint32_t link_type_bound = 512;

// The row of each number, from 1; 0 for a number that has none. One look-up a packet.
constexpr std::array<uint8_t, link_type_bound> rows_by_number() {
  std::array<uint8_t, link_type_bound> rows{};
  for (size_t row = 0; row < link_type_count; row++) rows[link_types[row].number] = static_cast<uint8_t>(row + 1);
  return rows;
}
constexpr std::array<uint8_t, link_type_bound> row_of = rows_by_number();

}  // namespace

const LinkType* find_link_type(uint32_t number) {
  const uint8_t row = number < link_type_bound ? row_of[number] : 0;
  return row == 0 ? nullptr : &link_types[row - 1];
}

const LinkType* unwrap_link(Frame& frame, const LinkType& wrapping, IgnoreReason& reason) {
  uint32_t number = 0;
  reason = wrapping.unwrap(frame, number);
  if (reason != IgnoreReason::none) return nullptr;
  const LinkType* inner = find_link_type(number);
  // A wrapping in a wrapping would let a frame choose how deep this goes.
  if (inner != nullptr && inner->strip != nullptr) return inner;
  reason = IgnoreReason::link_type;
  return nullptr;
}

IgnoreReason strip_link(Frame& frame, uint32_t link_type) {
  const LinkType* known = find_link_type(link_type);
  IgnoreReason reason = IgnoreReason::link_type;
  if (known != nullptr && known->unwrap != nullptr) known = unwrap_link(frame, *known, reason);
  return known == nullptr || known->strip == nullptr ? reason : known->strip(frame);
}

}  // namespace nfstream
