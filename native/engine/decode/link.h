// Link layers: from a frame's first byte to the type and offset of what it carries.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

constexpr uint32_t link_ethernet = 1;
constexpr uint32_t link_ieee80211 = 105;
constexpr uint32_t link_ppi = 192;

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
