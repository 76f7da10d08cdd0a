// Where the clock moved: what ends a flow by its time can be any meter's packet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/meter/prepared_packet.h"
#include "engine/time_unit.h"

namespace nfstream {

// A packet at which the clock's millisecond advanced.
struct ClockMark {
  uint64_t number;
  int64_t ms;
};

class ClockMarks {
 public:
  // `every_packet`: also where the millisecond stays, for flows that the next packet of anybody ends.
  explicit ClockMarks(bool every_packet) : every_packet_(every_packet) {}

  void clear() { marks_.clear(); }
  // Packets in their order.
  void add(const PreparedPacket& packet) {
    if (packet.now_ns == last_ns_ && !every_packet_) return;
    last_ns_ = packet.now_ns;
    const int64_t ms = to_ms(packet.now_ns);
    if (ms == last_ms_ && !every_packet_) return;
    last_ms_ = ms;
    marks_.push_back({packet.number, ms});
  }
  // The first packet behind one, by its number, at which the clock had reached a time; null without any.
  const ClockMark* first(uint64_t behind, int64_t ms) const {
    const auto before = [&](const ClockMark& mark) { return mark.ms < ms || mark.number <= behind; };
    const auto found = std::partition_point(marks_.begin(), marks_.end(), before);
    return found == marks_.end() ? nullptr : &*found;
  }

 private:
  bool every_packet_;
  std::vector<ClockMark> marks_;
  int64_t last_ns_ = INT64_MIN;
  int64_t last_ms_ = INT64_MIN;
};

}  // namespace nfstream
