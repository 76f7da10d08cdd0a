// Link layers: from a frame's first byte to the type and offset of what it carries.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

// LINKTYPE_ values of the link layers that can be decoded.
constexpr uint16_t link_null = 0;
constexpr uint16_t link_ethernet = 1;
constexpr uint16_t link_ppp = 9;
constexpr uint16_t link_raw_bsd = 12;      // DLT_RAW of most systems, as some programs write it
constexpr uint16_t link_raw_openbsd = 14;  // and that of OpenBSD
constexpr uint16_t link_ppp_serial = 50;
constexpr uint16_t link_ppp_ether = 51;
constexpr uint16_t link_atm_rfc1483 = 100;
constexpr uint16_t link_raw = 101;
constexpr uint16_t link_cisco_hdlc = 104;
constexpr uint16_t link_ieee80211 = 105;
constexpr uint16_t link_frame_relay = 107;
constexpr uint16_t link_loop = 108;
constexpr uint16_t link_enc = 109;
constexpr uint16_t link_linux_sll = 113;
constexpr uint16_t link_pflog = 117;
constexpr uint16_t link_prism = 119;
constexpr uint16_t link_radiotap = 127;
constexpr uint16_t link_avs = 163;
constexpr uint16_t link_juniper_ether = 178;
constexpr uint16_t link_ppi = 192;
constexpr uint16_t link_ipv4 = 228;
constexpr uint16_t link_ipv6 = 229;
constexpr uint16_t link_nflog = 239;
constexpr uint16_t link_ipoib = 242;
constexpr uint16_t link_exported_pdu = 252;
constexpr uint16_t link_pktap = 258;
constexpr uint16_t link_linux_sll2 = 276;
constexpr uint16_t link_dsa = 284;
constexpr uint16_t link_edsa = 285;

// What a filter is compiled for and looks at: the frame, or the IP packet in it, when libpcap has no filters for a link type or such as
// can't be trusted (it knows address families by this machine's numbers, and headers by the commonest of their sizes).
enum class FilterOn : uint8_t { frame, ip };

// One row of the table of link types. One that can be decoded has one of the two functions.
struct LinkType {
  uint16_t number;
  const char* name;  // tcpdump's
  // As the functions below.
  IgnoreReason (*strip)(Frame&) = nullptr;
  // Of a header in front of a frame of another link type: moves the offset behind it, and tells that one's number. Filters look at that frame.
  IgnoreReason (*unwrap)(Frame&, uint32_t& link_type) = nullptr;
  FilterOn filter = FilterOn::frame;
};

// Null for a number that is not in the table.
const LinkType* find_link_type(uint32_t number);

// Whether packets of this LINKTYPE_ can be decoded at all.
inline bool link_type_supported(uint32_t number) {
  const LinkType* known = find_link_type(number);
  return known != nullptr && (known->strip != nullptr || known->unwrap != nullptr);
}

// tcpdump's name of a link type ("EN10MB"), or nullptr for a number that has none here.
inline const char* link_type_name(uint32_t number) {
  const LinkType* known = find_link_type(number);
  return known == nullptr ? nullptr : known->name;
}

// Takes what wraps a frame off, and gives the row of the link type inside; null with a reason when it can't be decoded.
const LinkType* unwrap_link(Frame& frame, const LinkType& wrapping, IgnoreReason& reason);

// Each takes the header at frame.offset, moves the offset behind it and sets the type of what follows.
IgnoreReason strip_link(Frame& frame, uint32_t link_type);
IgnoreReason strip_ieee80211(Frame& frame);
IgnoreReason strip_ppp(Frame& frame);
// PPP with or without the two bytes of HDLC framing.
IgnoreReason strip_framed_ppp(Frame& frame);

inline IgnoreReason strip_ethernet(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 14)) return IgnoreReason::truncated;
  frame.set_macs(at + 6, at);
  const uint16_t type = frame.be16(at + 12);
  frame.type = type < first_ethertype ? next_llc : type;
  frame.offset = at + 14;
  return IgnoreReason::none;
}

}  // namespace nfstream
