#include "engine/meter/run_clock.h"

namespace nfstream {

bool RunClock::leaps(int64_t time_ns) const {
  if (now_ns_ == INT64_MIN) return false;
  const auto further = [this](int64_t later, int64_t earlier) {
    return later > earlier && (static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier)) / 1000000 > static_cast<uint64_t>(max_step_ms_);
  };
  if (!further(time_ns, now_ns_)) return false;
  return !leap_ns_ || further(time_ns, *leap_ns_) || further(*leap_ns_, time_ns);
}

IgnoreReason RunClock::note_leap(int64_t time_ns) {
  leap_ns_ = time_ns;
  furthest_leap_ns_ = std::max(furthest_leap_ns_, time_ns);
  return IgnoreReason::clock_step;
}

void RunClock::note_late(int64_t time_ns) {
  if (counters_.late_packets++ == 0) counters_.first_late_packet = passed_ + 1;
  // Times are any 64-bit number that a file holds.
  const uint64_t step = static_cast<uint64_t>(now_ns_) - static_cast<uint64_t>(time_ns);
  counters_.largest_step_back_ns = std::max(counters_.largest_step_back_ns, static_cast<int64_t>(std::min<uint64_t>(step, INT64_MAX)));
}

}  // namespace nfstream
