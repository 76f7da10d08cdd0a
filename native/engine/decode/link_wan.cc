// Lines that carry any protocol: Frame Relay (RFC 2427) and ATM's AAL5 (RFC 2684).
#include "engine/decode/link.h"
#include "engine/decode/link_headers.h"
#include "engine/decode/tags.h"

namespace nfstream {
namespace {

constexpr uint8_t unnumbered = 0x03;

IgnoreReason typed(Frame& frame, uint32_t type) {
  frame.type = type;
  return IgnoreReason::none;
}

// A SNAP header at frame.offset, of an EtherType or of a bridged Ethernet frame, with or without its check sequence, behind `padding` bytes.
IgnoreReason strip_bridgeable_snap(Frame& frame, uint32_t padding) {
  constexpr uint32_t bridged = 0x0080c2;
  constexpr uint16_t ethernet_with_fcs = 0x0001, ethernet_without_fcs = 0x0007;
  if (!frame.has(frame.offset, snap_size)) return IgnoreReason::truncated;
  if (snap_organisation(frame, frame.offset) != bridged) return strip_snap(frame);
  const uint16_t type = frame.be16(frame.offset + 3);
  if (type != ethernet_with_fcs && type != ethernet_without_fcs) return IgnoreReason::not_ip;
  frame.offset += snap_size + padding;
  return strip_ethernet(frame);
}

// ISO's one byte for a protocol of the network layer.
IgnoreReason strip_nlpid(Frame& frame) {
  if (!frame.has(frame.offset, 1)) return IgnoreReason::truncated;
  switch (frame.u8(frame.offset++)) {
    case 0xcc: return typed(frame, next_ipv4);
    case 0x8e: return typed(frame, next_ipv6);
    case 0xcf: return strip_ppp(frame);
    case 0x80: return strip_bridgeable_snap(frame, 0);
    default: return IgnoreReason::not_ip;
  }
}

// Two to four bytes, of which the last has its lowest bit set.
IgnoreReason strip_address(Frame& frame) {
  for (uint32_t length = 1; length <= 4; ++length) {
    if (!frame.has(frame.offset, 1)) return IgnoreReason::truncated;
    const bool last = frame.u8(frame.offset++) & 1;
    if (last) return length == 1 ? IgnoreReason::malformed : IgnoreReason::none;
  }
  return IgnoreReason::malformed;
}

}  // namespace

// Behind the address a control field and a protocol, which may be aligned by a zero; or, as Cisco has it, an EtherType.
IgnoreReason strip_frame_relay(Frame& frame) {
  const IgnoreReason reason = strip_address(frame);
  if (reason != IgnoreReason::none) return reason;
  if (!frame.has(frame.offset, 2)) return IgnoreReason::truncated;
  if (frame.u8(frame.offset) != unnumbered) {
    const uint16_t type = frame.be16(frame.offset);
    frame.offset += 2;
    return type < first_ethertype ? IgnoreReason::not_ip : typed(frame, type);
  }
  frame.offset += frame.u8(frame.offset + 1) == 0 ? 2 : 1;
  return strip_nlpid(frame);
}

IgnoreReason strip_atm(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 3)) return IgnoreReason::truncated;
  if (frame.u8(at + 2) != unnumbered) return IgnoreReason::not_ip;
  frame.offset = at + 3;
  switch (frame.be16(at)) {
    case 0xaaaa: return strip_bridgeable_snap(frame, 2);
    case 0xfefe: return strip_nlpid(frame);
    default: return IgnoreReason::not_ip;
  }
}

}  // namespace nfstream
