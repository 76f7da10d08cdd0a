#include "engine/decode/link.h"

namespace nfstream {
namespace {

// The family's byte order is the capturing machine's for NULL and the network's for LOOP; each system has its own number for IPv6.
IgnoreReason strip_family(Frame& frame) {
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  const uint32_t big = frame.be32(frame.offset);
  const uint32_t family = big < 0x10000 ? big : frame.le32(frame.offset);
  frame.offset += 4;
  switch (family) {
    case 2: frame.type = next_ipv4; return IgnoreReason::none;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30: frame.type = next_ipv6; return IgnoreReason::none;
    default: return IgnoreReason::not_ip;
  }
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

IgnoreReason typed(Frame& frame, uint32_t type) {
  frame.type = type;
  return IgnoreReason::none;
}

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

IgnoreReason strip_link(Frame& frame, uint32_t link_type) {
  switch (link_type) {
    case link_ethernet: return strip_ethernet(frame);
    case 0:
    case 108: return strip_family(frame);
    case 9:
    case 50: return strip_serial(frame);
    case 12:
    case 14:
    case 101: return typed(frame, next_any_ip);
    case 51: return typed(frame, next_pppoe_session);
    case 104: return strip_cisco_hdlc(frame);
    case link_ieee80211: return strip_ieee80211(frame);
    case 113: return strip_cooked(frame, 14, 16);
    case 127: return strip_radiotap(frame);
    case link_ppi: return strip_ppi(frame);
    case 228: return typed(frame, next_ipv4);
    case 229: return typed(frame, next_ipv6);
    case 276: return strip_cooked(frame, 0, 20);
    default: return IgnoreReason::link_type;
  }
}

}  // namespace nfstream
