// What a packet's own bytes tell of its transport layer. Its record may be another program's work, so that every offset is checked.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/packet.h"

namespace nfstream {

struct TransportBytes {
  const uint8_t* bytes;
  uint32_t size;
};

// The captured part of the transport's header and payload.
inline TransportBytes transport_of(const PacketRecord& packet, const uint8_t* bytes) {
  if (packet.l4_offset == 0 || packet.l4_offset >= packet.captured_length) return {bytes, 0};
  return {bytes + packet.l4_offset, std::min(packet.transport_size(), packet.captured_length - packet.l4_offset)};
}

// The captured part of the payload of TCP, UDP, ICMP and ICMPv6, without what pads the frame.
inline TransportBytes payload_of(const PacketRecord& packet, const uint8_t* bytes) {
  const uint32_t begin = uint32_t{packet.l4_offset} + packet.transport_header;
  if (packet.l4_offset == 0 || packet.payload_size == 0 || begin >= packet.captured_length) return {bytes, 0};
  return {bytes + begin, std::min(packet.payload_size, packet.captured_length - begin)};
}

// Ports that are no part of a flow's key, or ICMP's type and code.
struct TransportStart {
  bool known;
  uint16_t first;
  uint16_t second;
};

inline TransportStart transport_start(const PacketRecord& packet, const uint8_t* bytes) {
  constexpr uint8_t icmp = 1, icmpv6 = 58, sctp = 132;
  const uint32_t at = packet.l4_offset;
  if (at == 0 || at + 4u > packet.captured_length) return {};
  switch (packet.protocol) {
    case icmp:
    case icmpv6: return {true, bytes[at], bytes[at + 1]};
    case sctp: return {true, static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]), static_cast<uint16_t>(bytes[at + 2] << 8 | bytes[at + 3])};
    default: return {};
  }
}

}  // namespace nfstream
