// The time on a wire that has fallen silent, as its packets tell time: that of the last of them, and what has gone by since the last byte came. It stands still
// while anything waits to be taken, or is held back. The thread that reads tells; any thread may ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "engine/clocks.h"

namespace nfstream {

class Silence {
 public:
  using Clock = int64_t (*)();
  // A shorter pause is none: a writer that is slow for a moment is not silent.
  static constexpr int64_t shortest_ns = 500000000;

  explicit Silence(Clock clock = boot_ns) : clock_(clock), came_ns_(clock()) {}

  // The reader holds back what it has taken; or it has handed all of it on, whose largest time is this.
  void hold() { held_ = true; }
  void handed_on(int64_t largest_ns) {
    largest_ns_ = largest_ns;
    held_ = false;
  }
  // The input waits for bytes; it is about to take them, before it does; some came.
  void wait() { waits_ = true; }
  void take() { waits_ = false; }
  void came() { came_ns_ = clock_(); }

  // The time by packets, in nanoseconds; none while something waits, and before the first packet. `unread` tells whether the system has bytes that were not
  // taken.
  template <typename Unread>
  std::optional<int64_t> now_ns(Unread unread) const {
    const int64_t now = clock_();
    // Bytes are either unread or taken, and whoever has taken them has said so before.
    if (!waits_ || held_ || unread() || !waits_ || held_) return {};
    const int64_t since = now - came_ns_;
    const int64_t largest = largest_ns_;
    if (largest == INT64_MIN || since < shortest_ns) return {};
    return largest > INT64_MAX - since ? INT64_MAX : largest + since;
  }

 private:
  Clock clock_;
  std::atomic<bool> waits_{false};
  std::atomic<bool> held_{true};
  std::atomic<int64_t> came_ns_;  // at first, when it was made
  std::atomic<int64_t> largest_ns_{INT64_MIN};
};

}  // namespace nfstream
