// What firewalls log, with a header of theirs: Linux' NFLOG, OpenBSD's PFLOG and ENC.
#include <algorithm>

#include "engine/decode/link_headers.h"

namespace nfstream {
namespace {

constexpr uint8_t family_bridge = 7;
constexpr uint8_t attribute_packet_header = 1, attribute_payload = 9;

struct Attribute {
  uint8_t type;
  uint32_t length;  // with the four bytes of its header
};

// Lengths and types are in the byte order of the capturing machine. A type is less than 64, whatever flags stand above it, and none is 0.
Attribute attribute_at(const Frame& frame, uint32_t at) {
  constexpr uint8_t type_mask = 0x3f;
  const uint8_t first = frame.u8(at + 2) & type_mask;
  if (first != 0) return {first, frame.le16(at)};
  return {static_cast<uint8_t>(frame.u8(at + 3) & type_mask), frame.be16(at)};
}

}  // namespace

// Family, version and group, then attributes, of which one is the packet. A bridge's packet is of the type that its header attribute says.
IgnoreReason strip_nflog(Frame& frame) {
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  const uint8_t family = frame.u8(frame.offset);
  uint32_t bridged_type = 0;
  for (uint32_t at = frame.offset + 4;;) {
    if (!frame.has(at, 4)) return at >= frame.wire ? IgnoreReason::not_ip : IgnoreReason::truncated;
    const Attribute attribute = attribute_at(frame, at);
    if (attribute.length < 4) return IgnoreReason::malformed;
    if (attribute.type == attribute_payload) {
      frame.offset = at + 4;
      // A rule may log the beginning of packets only: what follows that is not theirs.
      frame.captured = std::min(frame.captured, at + attribute.length);
      if (family != family_bridge) return set_family(frame, family);
      frame.type = bridged_type;
      return IgnoreReason::none;
    }
    if (attribute.type == attribute_packet_header && attribute.length >= 6) {
      if (!frame.has(at, 6)) return IgnoreReason::truncated;
      bridged_type = frame.be16(at + 4);
    }
    at += (attribute.length + 3) & ~3u;
  }
}

// The header has its own length without padding, which differs between systems, and the family.
IgnoreReason strip_pflog(Frame& frame) {
  constexpr uint8_t shortest = 45;
  const uint32_t at = frame.offset;
  if (!frame.has(at, 2)) return IgnoreReason::truncated;
  const uint32_t length = frame.u8(at);
  const uint32_t padded = (length + 3) & ~3u;
  if (length < shortest) return IgnoreReason::malformed;
  if (!frame.has(at, padded)) return IgnoreReason::truncated;
  frame.offset = at + padded;
  return set_family(frame, frame.u8(at + 1));
}

// Family, the association's number and flags.
IgnoreReason strip_enc(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 12)) return IgnoreReason::truncated;
  frame.offset = at + 12;
  return set_family(frame, family_at(frame, at));
}

}  // namespace nfstream
