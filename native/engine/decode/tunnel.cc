#include "engine/decode/tunnel.h"

#include "engine/decode/link.h"
#include "engine/decode/tags.h"

namespace nfstream {
namespace {

constexpr uint32_t unchecked = UINT32_MAX;

// Each of these takes its tunnel's header at frame.offset, moves the offset to the IP header inside and sets the frame's type.
// `room` is the bytes of UDP payload from frame.offset on, by the headers.

// A T-PDU of version 1; `room` becomes what its length field leaves for the inner packet.
bool strip_gtp(Frame& frame, uint32_t& room) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8) || room < 8) return false;
  const uint8_t flags = frame.u8(at);
  const uint32_t length = frame.be16(at + 2);
  if ((flags & 0xf0) != 0x30 || frame.u8(at + 1) != 0xff || length > room - 8) return false;
  const uint32_t end = at + 8 + length;
  uint32_t next = at + 8;
  if (flags & 0x07) {
    if (length < 4 || !frame.has(next, 4)) return false;
    uint8_t extension = flags & 0x04 ? frame.u8(next + 3) : 0;
    next += 4;
    while (extension != 0) {
      if (!frame.has(next, 1)) return false;
      const uint32_t size = frame.u8(next) * 4u;
      if (size == 0 || size > end - next || !frame.has(next, size)) return false;
      extension = frame.u8(next + size - 1);
      next += size;
    }
  }
  room = end - next;
  frame.offset = next;
  frame.type = next_any_ip;
  return true;
}

// An unencrypted data packet, but no keep-alive and no later fragment of one.
bool strip_capwap(Frame& frame, uint32_t& room) {
  constexpr uint32_t native_frame = 0x100, is_fragment = 0x80, keep_alive = 0x08;
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8) || frame.u8(at) != 0) return false;
  const uint32_t word = frame.be32(at);
  const uint32_t length = (word >> 19 & 0x1f) * 4;
  const uint32_t binding = word >> 9 & 0x1f;
  const bool later_fragment = (word & is_fragment) && (frame.be16(at + 6) & 0xfff8);
  if (length < 8 || length > room || (word & keep_alive) || later_fragment) return false;
  if ((word & native_frame) && binding != 1) return false;
  frame.offset = at + length;
  room = unchecked;
  const IgnoreReason reason = word & native_frame ? strip_ieee80211(frame) : strip_ethernet(frame);
  return reason == IgnoreReason::none && strip_tags(frame) == IgnoreReason::none;
}

// A received packet: tagged fields up to the end tag, then the frame of the sensor's link layer.
bool strip_tzsp(Frame& frame, uint32_t& room) {
  constexpr uint8_t padding = 0, end_of_tags = 1;
  uint32_t at = frame.offset;
  if (!frame.has(at, 4) || room < 4 || frame.be16(at) != 0x0100) return false;
  const uint16_t encapsulated = frame.be16(at + 2);
  const uint32_t end = at + room;
  for (at += 4;;) {
    if (at >= end || !frame.has(at, 1)) return false;
    const uint8_t tag = frame.u8(at++);
    if (tag == end_of_tags) break;
    if (tag == padding) continue;
    if (!frame.has(at, 1)) return false;
    at += 1 + frame.u8(at);
  }
  if (encapsulated != 1 && encapsulated != 18) return false;
  frame.offset = at;
  room = unchecked;
  const IgnoreReason reason = encapsulated == 1 ? strip_ethernet(frame) : strip_ieee80211(frame);
  return reason == IgnoreReason::none && strip_tags(frame) == IgnoreReason::none;
}

// The payload's length is UDP's own, since IP's is shorter in a first fragment; but nothing unfragmented is longer than IP says.
uint32_t payload_size(const Frame& frame, const IpHeader& outer) {
  const uint32_t by_udp = frame.be16(outer.transport_offset + 4);
  const uint32_t size = by_udp < 8 || (by_udp > outer.transport_size && !outer.more_fragments) ? outer.transport_size : by_udp;
  return size - 8;
}

}  // namespace

Tunnel enter_tunnel(Frame& frame, const IpHeader& outer, IpHeader& inner, IgnoreReason& reason) {
  if (!frame.has(outer.transport_offset, 8)) return Tunnel::none;
  const uint16_t src_port = frame.be16(outer.transport_offset), dst_port = frame.be16(outer.transport_offset + 2);
  const auto either = [&](uint16_t port) { return src_port == port || dst_port == port; };
  Frame inside = frame;
  uint32_t room = payload_size(frame, outer);
  inside.offset = outer.transport_offset + 8;
  Tunnel tunnel = Tunnel::none;
  if (either(2152)) tunnel = strip_gtp(inside, room) ? Tunnel::gtp : Tunnel::none;
  else if (either(37008)) tunnel = strip_tzsp(inside, room) ? Tunnel::tzsp : Tunnel::none;
  else if (either(5247)) tunnel = strip_capwap(inside, room) ? Tunnel::capwap : Tunnel::none;
  if (tunnel == Tunnel::none) return Tunnel::none;

  IpHeader first;
  read_ip(inside, first);
  if (first.version == 0 || first.size > room) return Tunnel::none;
  IpHeader header;
  const IgnoreReason result = read_innermost_ip(inside, header);
  if (result == IgnoreReason::malformed) return Tunnel::none;
  frame = inside;
  inner = header;
  reason = result;
  return tunnel;
}

}  // namespace nfstream
