#include "engine/capture/time_scale.h"

namespace nfstream {

namespace {

constexpr int64_t ns_per_s = 1'000'000'000;

uint64_t power_of_ten(unsigned exponent) {
  uint64_t power = 1;
  for (unsigned i = 0; i < exponent; i++) power *= 10;
  return power;
}

}  // namespace

TimeScale::TimeScale(uint8_t resolution, int64_t offset_s) : resolution_(resolution), offset_ns_(static_cast<__int128>(offset_s) * ns_per_s) {
  const unsigned exponent = resolution & 0x7f;
  if (resolution & 0x80) {
    shift_ = static_cast<uint8_t>(exponent);
    multiplier_ = ns_per_s;
  } else if (exponent <= 9) {
    multiplier_ = power_of_ten(9 - exponent);
  } else {
    divisor_ = exponent - 9 <= 19 ? power_of_ten(exponent - 9) : 0;
  }
}

int64_t TimeScale::nanoseconds(uint64_t units) const {
  __int128 ns = 0;
  if (divisor_ == 1) ns = static_cast<__int128>(units) * multiplier_ >> shift_;
  else if (divisor_ != 0) ns = units / divisor_;
  ns += offset_ns_;
  if (ns > INT64_MAX) return INT64_MAX;
  if (ns < INT64_MIN) return INT64_MIN;
  return static_cast<int64_t>(ns);
}

}  // namespace nfstream
