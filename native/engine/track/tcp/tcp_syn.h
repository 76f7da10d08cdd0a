// The options in the SYN of each side of a TCP connection, as they stand there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

struct SynOptions {
  static constexpr uint8_t most = 40;  // what a header has room for

  uint8_t bytes[most];
  uint8_t size;  // as far as they were captured
  bool known;
};

struct alignas(8) TcpSyn {
  SynOptions sides[2];  // by direction of the sender: 0 the flow's source, 1 its destination

  // The first SYN of a side tells, with or without ACK.
  void count(const TcpSegment& segment, int direction) {
    SynOptions& side = sides[direction];
    if (side.known || !segment.has(tcp_syn) || segment.has(tcp_rst)) return;
    side.known = true;
    side.size = std::min(segment.option_bytes, SynOptions::most);
    std::memcpy(side.bytes, segment.options, side.size);
  }
};

}  // namespace nfstream
