// What each side of a TCP connection offers the other: windows, and the options of its SYN.
#pragma once

#include <cstdint>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

struct TcpOffer {
  uint32_t min_window;  // bytes, by segments without SYN and RST
  uint32_t max_window;
  uint16_t initial_window;  // of the SYN, never scaled
  uint16_t mss;
  uint8_t shift;
  bool has_window;
  bool has_syn;
  bool has_mss;
  bool has_shift;
};

struct alignas(8) TcpWindow {
  TcpOffer offers[2];  // by direction of the sender: 0 the flow's source, 1 its destination

  void count(const TcpSegment& segment, int direction);
};

}  // namespace nfstream
