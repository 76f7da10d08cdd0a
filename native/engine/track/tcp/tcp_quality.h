// Retransmissions and segments out of order, by the rules of Wireshark 4.0's TCP analysis (tcp.analysis.retransmission, which takes
// in fast and spurious ones, and tcp.analysis.out_of_order).
#pragma once

#include <cstdint>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

struct TcpQuality {
  uint32_t retransmissions[2];  // by direction: 0 source to destination, 1 back
  uint32_t out_of_order[2];

  // The segment at this time, in nanoseconds; times do not go back.
  void count(const TcpSegment& segment, int direction, int64_t time_ns);

 private:
  // What one side has sent so far.
  struct Side {
    int64_t next_ns;  // time of the segment that went furthest
    int64_t acknowledged_ns;
    uint32_t base;          // sequence number of the first segment
    uint32_t next;          // behind the furthest segment
    uint32_t acknowledged;  // of the last segment; 0 without
    uint32_t duplicates;    // acknowledgements of the same in a row
    uint16_t window;
    bool has_base;
    bool has_next;
    bool was_keep_alive;  // the last segment
    bool was_probe;
  };
  enum class Kind { fresh, retransmitted, out_of_order };

  void begin_connection(const TcpSegment& segment, int direction, int64_t time_ns);
  Kind kind_of(const TcpSegment& segment, int direction, int64_t time_ns) const;

  Side sides_[2];
  int64_t syn_ns_;
  int64_t round_trip_ns_;  // of the handshake; 0 until it is known
};

}  // namespace nfstream
