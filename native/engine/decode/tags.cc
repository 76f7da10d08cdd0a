#include "engine/decode/tags.h"

#include "engine/decode/link.h"

namespace nfstream {
namespace {

IgnoreReason strip_vlan(Frame& frame) {
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  frame.vlan_id = frame.be16(frame.offset) & 0x0fff;
  const uint16_t type = frame.be16(frame.offset + 2);
  frame.type = type < first_ethertype ? next_llc : type;
  frame.offset += 4;
  return IgnoreReason::none;
}

// Labels do not say what they carry: only the first bits behind the bottom of the stack tell IP from a pseudowire.
IgnoreReason strip_mpls(Frame& frame) {
  for (bool bottom = false; !bottom; frame.offset += 4) {
    if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
    bottom = frame.u8(frame.offset + 2) & 1;
  }
  frame.type = next_any_ip;
  return IgnoreReason::none;
}

IgnoreReason strip_pppoe(Frame& frame) {
  if (!frame.has(frame.offset, 6)) return IgnoreReason::truncated;
  const bool session_data = frame.be16(frame.offset) == 0x1100;
  frame.offset += 6;
  return session_data ? strip_ppp(frame) : IgnoreReason::not_ip;
}

// Only SNAP headers of the two organisations that carry EtherTypes: RFC 1042's, and the bridge tunnel's.
IgnoreReason strip_llc(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 3)) return IgnoreReason::truncated;
  if (frame.be16(at) != 0xaaaa || frame.u8(at + 2) != 0x03) return IgnoreReason::not_ip;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  const uint32_t organisation = uint32_t{frame.be16(at + 3)} << 8 | frame.u8(at + 5);
  frame.type = frame.be16(at + 6);
  frame.offset = at + 8;
  const bool ethertypes = organisation == 0x000000 || organisation == 0x0000f8;
  return ethertypes && frame.type >= first_ethertype ? IgnoreReason::none : IgnoreReason::not_ip;
}

}  // namespace

IgnoreReason strip_tags(Frame& frame) {
  IgnoreReason reason = IgnoreReason::none;
  while (reason == IgnoreReason::none) {
    switch (frame.type) {
      case next_ipv4:
      case next_ipv6:
      case next_any_ip: return IgnoreReason::none;
      case 0x8100:
      case 0x88a8:
      case 0x9100: reason = strip_vlan(frame); break;
      case next_mpls:
      case next_mpls_multicast: reason = strip_mpls(frame); break;
      case next_pppoe_session: reason = strip_pppoe(frame); break;
      case next_llc: reason = strip_llc(frame); break;
      default: return IgnoreReason::not_ip;
    }
  }
  return reason;
}

}  // namespace nfstream
