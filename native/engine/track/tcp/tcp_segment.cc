#include "engine/track/tcp/tcp_segment.h"

#include <algorithm>

namespace nfstream {

namespace {

uint16_t be16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
uint32_t be32(const uint8_t* at) { return uint32_t{be16(at)} << 16 | be16(at + 2); }

constexpr uint32_t fixed = 20;   // bytes of a header without options
constexpr uint32_t needed = 16;  // up to the window

}  // namespace

bool read_tcp_segment(const PacketRecord& packet, const uint8_t* bytes, TcpSegment& segment) {
  if (packet.protocol != protocol_tcp || packet.l4_offset == 0) return false;
  if (packet.captured_length < needed || packet.l4_offset > packet.captured_length - needed) return false;
  const uint8_t* header = bytes + packet.l4_offset;
  const uint32_t captured = packet.captured_length - packet.l4_offset;
  const uint32_t size = (header[12] >> 4) * 4u;
  if (size < fixed || size > packet.transport_size()) return false;
  segment.sequence = be32(header + 4);
  segment.acknowledged = be32(header + 8);
  segment.flags = header[13];
  segment.window = be16(header + 14);
  // An IP header may tell of more than its frame had room for.
  const uint32_t behind = packet.l4_offset + size;
  segment.payload = std::min(packet.transport_size() - size, packet.wire_length > behind ? packet.wire_length - behind : 0);
  segment.options = header + std::min(fixed, captured);
  segment.option_bytes = static_cast<uint8_t>(std::min(size, captured) > fixed ? std::min(size, captured) - fixed : 0);
  return true;
}

}  // namespace nfstream
