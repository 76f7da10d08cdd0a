#include "engine/decode/ip.h"

namespace nfstream {
namespace {

// Deeper nesting is no tunnel that anybody runs: the packet counts as what is at this depth.
constexpr int max_depth = 8;

constexpr uint8_t hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51, no_next = 59, destination = 60, mobility = 135,
                  host_identity = 139, shim6 = 140;

// Segmentation offload leaves the length 0 in packets captured on the sending machine: then the frame's own length counts.
uint32_t length_or_rest(const Frame& frame, uint32_t length) { return length != 0 ? length : frame.wire - frame.offset; }

IgnoreReason read_ipv4(const Frame& frame, IpHeader& header) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 20)) return IgnoreReason::truncated;
  const uint32_t header_size = (frame.u8(at) & 0x0f) * 4u;
  const uint32_t size = length_or_rest(frame, frame.be16(at + 2));
  if (header_size < 20 || size < header_size) return IgnoreReason::malformed;
  if (!frame.has(at, header_size)) return IgnoreReason::truncated;
  const uint16_t fragment_field = frame.be16(at + 6);
  header.offset = at;
  header.size = size;
  header.transport_offset = at + header_size;
  header.version = 4;
  header.protocol = frame.u8(at + 9);
  header.more_fragments = fragment_field & 0x2000;
  return fragment_field & 0x1fff ? IgnoreReason::fragment : IgnoreReason::none;
}

bool is_extension(uint8_t next) {
  switch (next) {
    case hop_by_hop:
    case routing:
    case fragment:
    case authentication:
    case destination:
    case mobility:
    case host_identity:
    case shim6: return true;
    default: return false;
  }
}

// Takes one extension header off the transport part.
IgnoreReason skip_extension(const Frame& frame, IpHeader& header) {
  const uint32_t at = header.transport_offset;
  if (header.transport_size() < 8) return IgnoreReason::malformed;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  bool later_fragment = false;
  uint32_t length = (frame.u8(at + 1) + 1u) * 8;
  if (header.protocol == authentication) length = (frame.u8(at + 1) + 2u) * 4;
  if (header.protocol == fragment) {
    length = 8;
    const uint16_t field = frame.be16(at + 2);
    later_fragment = field & 0xfff8;
    header.fragment_offset = at;
    header.more_fragments = field & 1;
  }
  if (length > header.transport_size()) return IgnoreReason::malformed;
  header.protocol = frame.u8(at);
  header.transport_offset = at + length;
  return later_fragment ? IgnoreReason::fragment : IgnoreReason::none;
}

IgnoreReason read_ipv6(const Frame& frame, IpHeader& header) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 40)) return IgnoreReason::truncated;
  const uint32_t payload = frame.be16(at + 4);
  const uint32_t size = length_or_rest(frame, payload == 0 ? 0 : payload + 40);
  header.offset = at;
  header.size = size;
  header.transport_offset = at + 40;
  header.version = 6;
  header.protocol = frame.u8(at + 6);
  while (is_extension(header.protocol)) {
    const IgnoreReason reason = skip_extension(frame, header);
    if (reason != IgnoreReason::none) return reason;
  }
  return header.protocol == no_next ? IgnoreReason::no_next_header : IgnoreReason::none;
}

}  // namespace

IgnoreReason read_ip(const Frame& frame, IpHeader& header) {
  if (!frame.has(frame.offset, 1)) return IgnoreReason::truncated;
  const uint8_t version = frame.u8(frame.offset) >> 4;
  if (version == 4 && frame.type != next_ipv6) return read_ipv4(frame, header);
  if (version == 6 && frame.type != next_ipv4) return read_ipv6(frame, header);
  return frame.type == next_any_ip ? IgnoreReason::not_ip : IgnoreReason::malformed;
}

namespace {

bool carries_ip(const IpHeader& header) { return header.protocol == protocol_ipv4 || header.protocol == protocol_ipv6; }

// From a sound header that carries another to the innermost. Rare: not worth the plain packets' registers.
__attribute__((noinline)) IgnoreReason read_deeper(Frame& frame, IpHeader& header) {
  IgnoreReason reason = IgnoreReason::none;
  for (int depth = 1; reason == IgnoreReason::none && depth < max_depth && carries_ip(header); ++depth) {
    frame.offset = header.transport_offset;
    frame.type = header.protocol == protocol_ipv4 ? next_ipv4 : next_ipv6;
    header = IpHeader();
    reason = read_ip(frame, header);
  }
  return reason;
}

}  // namespace

IgnoreReason read_innermost_ip(Frame& frame, IpHeader& header) {
  const IgnoreReason reason = read_ip(frame, header);
  return reason == IgnoreReason::none && carries_ip(header) ? read_deeper(frame, header) : reason;
}

}  // namespace nfstream
