// Time stamps of any resolution as nanoseconds since the epoch.
#pragma once

#include <cstdint>

namespace nfstream {

class TimeScale {
 public:
  // `resolution` as pcapng's if_tsresol: a negative power of ten, of two when the high bit is set. `offset_s` is added.
  TimeScale(uint8_t resolution, int64_t offset_s);

  // A time that 64 bits cannot hold becomes the nearest that they can.
  int64_t nanoseconds(uint64_t units) const;
  uint8_t resolution() const { return resolution_; }

 private:
  uint8_t resolution_;
  uint8_t shift_ = 0;  // for powers of two
  uint64_t multiplier_ = 1;
  uint64_t divisor_ = 1;  // 0 when a unit is so small that every time is 0
  __int128 offset_ns_ = 0;
};

}  // namespace nfstream
