// IPv4 and IPv6 headers, extension headers, and IP in IP.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

struct IpHeader {
  uint32_t offset = 0;
  uint32_t size = 0;  // with the header, as the header says
  uint32_t transport_offset = 0;
  uint32_t fragment_offset = 0;  // of IPv6's fragment header, 0 without one
  uint8_t version = 0;           // 0 until the fixed header was found to be sound
  uint8_t protocol = 0;          // after extension headers
  bool more_fragments = false;

  uint32_t transport_size() const { return offset + size - transport_offset; }
};

constexpr uint8_t protocol_ipv4 = 4;
constexpr uint8_t protocol_tcp = 6;
constexpr uint8_t protocol_udp = 17;
constexpr uint8_t protocol_ipv6 = 41;
constexpr uint8_t protocol_gre = 47;
constexpr uint8_t protocol_l2tp = 115;

// The header at frame.offset. A later fragment's is read whole before it is refused; frame.type says which version it must have.
IgnoreReason read_ip(const Frame& frame, IpHeader& header);

// The same, and as long as it carries another IP header, that one. frame.offset moves to the header that is told.
IgnoreReason read_innermost_ip(Frame& frame, IpHeader& header);

}  // namespace nfstream
