#include "engine/decode/ip.h"

namespace nfstream {
namespace {

// Deeper nesting is no tunnel that anybody runs: the packet counts as what is at this depth.
constexpr int max_depth = 8;

constexpr uint8_t hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51, no_next = 59, destination = 60, mobility = 135, host_identity = 139,
                  shim6 = 140;

IgnoreReason read_ipv4(const Frame& frame, IpHeader& header) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 20)) return IgnoreReason::truncated;
  const uint32_t header_size = (frame.u8(at) & 0x0f) * 4u;
  const uint32_t length = frame.be16(at + 2);
  // Segmentation offload leaves the length 0 in packets captured on the sending machine: then the frame's own length counts.
  const uint32_t size = length != 0 ? length : frame.wire - at;
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

// The payload's length by the jumbo option of the hop-by-hop header at `at` (RFC 2675), 0 without one.
__attribute__((noinline)) uint32_t jumbo_payload(const Frame& frame, uint32_t at) {
  constexpr uint8_t pad_1 = 0, jumbo = 0xc2;
  if (!frame.has(at, 8)) return 0;
  const uint32_t end = at + (frame.u8(at + 1) + 1u) * 8;
  for (uint32_t option = at + 2; option + 6 <= end && frame.has(option, 6);) {
    if (frame.u8(option) == jumbo && frame.u8(option + 1) == 4) return frame.be32(option + 2);
    option += frame.u8(option) == pad_1 ? 1 : 2 + frame.u8(option + 1);
  }
  return 0;
}

// Of an IPv6 packet whose header says 0. An option that claims what 16 bits could tell, or more than the frame has, is not believed.
uint32_t size_beyond_16_bits(const Frame& frame) {
  const uint32_t rest = frame.wire - frame.offset;
  if (frame.u8(frame.offset + 6) != hop_by_hop) return rest;
  const uint32_t payload = jumbo_payload(frame, frame.offset + 40);
  return payload > UINT16_MAX && payload <= rest - 40 ? payload + 40 : rest;
}

IgnoreReason read_ipv6(const Frame& frame, IpHeader& header) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 40)) return IgnoreReason::truncated;
  const uint32_t payload = frame.be16(at + 4);
  const uint32_t size = payload != 0 ? payload + 40 : size_beyond_16_bits(frame);
  header.offset = at;
  header.size = size;
  header.transport_offset = at + 40;
  header.version = 6;
  header.protocol = frame.u8(at + 6);
  while (is_extension(header.protocol)) {
    const IgnoreReason reason = skip_extension(frame, header);
    if (reason != IgnoreReason::none) return reason;
  }
  // Headers alone, as Mobile IPv6 sends them, are a packet of two hosts; what is behind them is for nobody (RFC 8200, 4.7).
  const bool headers_alone = header.transport_size() == 0 && header.fragment_offset == 0;
  return header.protocol == no_next && !headers_alone ? IgnoreReason::no_next_header : IgnoreReason::none;
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
