// The header of a TCP segment, read from a packet's own bytes, and arithmetic on sequence numbers.
#pragma once

#include <cstdint>

#include "engine/packet.h"

namespace nfstream {

constexpr uint8_t protocol_tcp = 6;

constexpr uint8_t tcp_fin = 0x01, tcp_syn = 0x02, tcp_rst = 0x04, tcp_ack = 0x10;

// From `b` on to `a`, modulo 2^32: positive when `a` is ahead. RFC 9293, 3.4.
constexpr int32_t sequence_distance(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b); }

struct TcpSegment {
  uint32_t sequence;
  uint32_t acknowledged;
  uint32_t payload;  // bytes, by the headers, at most as many as the frame had on the wire
  uint16_t window;   // as it stands in the header
  uint8_t flags;
  uint8_t option_bytes;  // as far as they were captured
  const uint8_t* options;

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
  // A SYN that begins a connection, and the answer to it.
  bool is_first_syn() const { return (flags & (tcp_syn | tcp_ack | tcp_rst | tcp_fin)) == tcp_syn; }
  bool is_syn_ack() const { return (flags & (tcp_syn | tcp_ack | tcp_rst | tcp_fin)) == (tcp_syn | tcp_ack); }
  // The sequence number behind payload, SYN and FIN.
  uint32_t end() const { return sequence + payload + (has(tcp_syn) ? 1 : 0) + (has(tcp_fin) ? 1 : 0); }
};

// False for a packet that is no TCP segment, for one whose header is unsound, and when less than the header's first 16 bytes was captured.
bool read_tcp_segment(const PacketRecord& packet, const uint8_t* bytes, TcpSegment& segment);

}  // namespace nfstream
