// How much of a flow is headers, and how many of its packets carry anything.
#pragma once

#include <cstdint>

#include "engine/packet.h"

namespace nfstream {

// Bytes of the innermost IP header, its extensions, and the transport header behind it.
inline uint32_t header_bytes(const PacketRecord& packet) {
  if (packet.later_fragment()) return packet.ip_size > packet.payload_size ? packet.ip_size - packet.payload_size : 0;
  if (packet.l4_offset > packet.l3_offset) return packet.l4_offset - packet.l3_offset + packet.transport_header;
  // Nothing follows the IP header, in the packet or in what was captured of it.
  const uint32_t captured = packet.captured_length > packet.l3_offset ? packet.captured_length - packet.l3_offset : 0u;
  return packet.ip_size < captured ? packet.ip_size : captured;
}

struct HeaderSums {
  uint64_t bytes[2];            // of headers, by direction: 0 source to destination, 1 back
  uint64_t payload_packets[2];  // those with payload

  void count(const PacketRecord& packet, int direction) {
    bytes[direction] += header_bytes(packet);
    payload_packets[direction] += packet.payload_size > 0;
  }
};

}  // namespace nfstream
