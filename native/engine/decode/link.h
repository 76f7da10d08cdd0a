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
constexpr uint16_t link_raw = 101;
constexpr uint16_t link_cisco_hdlc = 104;
constexpr uint16_t link_ieee80211 = 105;
constexpr uint16_t link_loop = 108;
constexpr uint16_t link_linux_sll = 113;
constexpr uint16_t link_radiotap = 127;
constexpr uint16_t link_ppi = 192;
constexpr uint16_t link_ipv4 = 228;
constexpr uint16_t link_ipv6 = 229;
constexpr uint16_t link_linux_sll2 = 276;

// One row of the table of link types.
struct LinkType {
  uint16_t number;
  const char* name;                         // tcpdump's
  IgnoreReason (*strip)(Frame&) = nullptr;  // as the functions below; null for one that can't be decoded
  int32_t filter_as = -1;                   // the number of another link type, when libpcap's filters can't be trusted with this one,
  uint32_t filter_from = 0;                 // which begins at this offset
};

// Null for a number that is not in the table.
const LinkType* find_link_type(uint32_t number);

// Whether packets of this LINKTYPE_ can be decoded at all.
inline bool link_type_supported(uint32_t number) {
  const LinkType* known = find_link_type(number);
  return known != nullptr && known->strip != nullptr;
}

// tcpdump's name of a link type ("EN10MB"), or nullptr for a number that has none here.
inline const char* link_type_name(uint32_t number) {
  const LinkType* known = find_link_type(number);
  return known == nullptr ? nullptr : known->name;
}

// Each takes the header at frame.offset, moves the offset behind it and sets the type of what follows.
IgnoreReason strip_link(Frame& frame, uint32_t link_type);
IgnoreReason strip_ieee80211(Frame& frame);
IgnoreReason strip_radiotap(Frame& frame);
IgnoreReason strip_ppi(Frame& frame);
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
