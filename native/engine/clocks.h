// The two clocks of a capture: the one that packets are stamped with, and one that nobody sets and that goes on while the machine sleeps.
#pragma once

#include <cstdint>
#include <ctime>

namespace nfstream {

inline int64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

#ifdef CLOCK_BOOTTIME
inline int64_t boot_ns() { return clock_ns(CLOCK_BOOTTIME); }
#else
inline int64_t boot_ns() { return clock_ns(CLOCK_MONOTONIC); }
#endif
inline int64_t wall_ns() { return clock_ns(CLOCK_REALTIME); }

}  // namespace nfstream
