// A run's clock, which goes by packets, and what is counted of all packets, whoever's they are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/meter/prepared_packet.h"
#include "engine/time_unit.h"

namespace nfstream {

constexpr int64_t no_timeout = INT64_MAX;

struct ClockCounters {
  uint64_t ignored[static_cast<size_t>(IgnoreReason::count)] = {};
  // Packets whose time lies before the clock are counted at the clock's time.
  uint64_t late_packets = 0;
  int64_t largest_step_back_ns = 0;
  uint64_t first_late_packet = 0;  // counted from 1 over all packets that were fed
  // The clock at the first packet that moved it, and by now; INT64_MIN before.
  int64_t first_clock_ns = INT64_MIN;
  int64_t last_clock_ns = INT64_MIN;
};

class RunClock {
 public:
  // A packet that is more than the step ahead of the clock is ignored, unless the one before it was, too, and they agree: that is a gap in a capture.
  explicit RunClock(int64_t max_step_ms) : max_step_ms_(max_step_ms) {}

  // Whether the next packet counts, which then has its time and number; otherwise it is counted as ignored. Until it has passed it may be asked again.
  bool admit(PreparedPacket& prepared, IgnoreReason reason) {
    if (reason == IgnoreReason::none && max_step_ms_ != no_timeout && leaps(prepared.packet.time_ns)) reason = note_leap(prepared.packet.time_ns);
    if (reason != IgnoreReason::none) {
      counters_.ignored[static_cast<size_t>(reason)]++;
      passed_++;
      return false;
    }
    prepared.now_ns = std::max(now_ns_, prepared.packet.time_ns);
    prepared.number = passed_ + 1;
    return true;
  }
  // The packet that was admitted is counted: the clock is the largest time so far, and never goes back.
  void pass(const PreparedPacket& prepared) {
    if (prepared.packet.time_ns < now_ns_) note_late(prepared.packet.time_ns);
    if (first_number_ == 0) {
      first_number_ = prepared.number;
      counters_.first_clock_ns = prepared.now_ns;
    }
    now_ns_ = prepared.now_ns;
    leap_ns_.reset();
    passed_++;
  }

  // INT64_MIN before the first packet that counts.
  int64_t now_ns() const { return now_ns_; }
  // Packets behind it, ignored ones included.
  uint64_t passed() const { return passed_; }
  // Of the first packet that counts; 0 before.
  uint64_t first_number() const { return first_number_; }
  int64_t first_ns() const { return counters_.first_clock_ns; }
  // By how much the largest time that was read, which may be one that was not believed, is ahead of the clock.
  int64_t disbelieved_ms() const { return furthest_leap_ns_ > now_ns_ ? to_ms(furthest_leap_ns_) - to_ms(now_ns_) : 0; }
  ClockCounters counters() const {
    ClockCounters all = counters_;
    all.last_clock_ns = now_ns_;
    return all;
  }

 private:
  bool leaps(int64_t time_ns) const;
  IgnoreReason note_leap(int64_t time_ns);
  void note_late(int64_t time_ns);

  int64_t max_step_ms_;
  ClockCounters counters_;
  uint64_t passed_ = 0;
  uint64_t first_number_ = 0;
  int64_t now_ns_ = INT64_MIN;
  std::optional<int64_t> leap_ns_;        // time of the last packet, when it was ignored for being too far ahead
  int64_t furthest_leap_ns_ = INT64_MIN;  // the largest time that was ignored
};

}  // namespace nfstream
