#include "engine/track/flow_statistics.h"

#include <algorithm>
#include <cmath>

namespace nfstream {

void Moments::add(int64_t value, uint64_t count) {
  const double x = static_cast<double>(value);
  if (count == 1) {
    mean = x;
    m2 = 0;
    min = max = value;
    return;
  }
  const double before = mean;
  // Signed numbers become reals in one instruction.
  mean += (x - before) / static_cast<double>(static_cast<int64_t>(count));
  m2 += (x - before) * (x - mean);
  min = std::min(min, value);
  max = std::max(max, value);
}

double Moments::deviation(uint64_t count) const { return count > 1 ? std::sqrt(m2 / static_cast<double>(count - 1)) : 0; }

void FlowStatistics::count(const FlowRecord& flow, int direction, int64_t size, int64_t gap, int64_t direction_gap, uint8_t tcp_flags) {
  const uint64_t all = flow.total_packets();
  const uint64_t own = flow.packets[direction];
  sizes[0].add(size, all);
  sizes[1 + direction].add(size, own);
  if (all > 1) gaps[0].add(gap, all - 1);
  if (own > 1) gaps[1 + direction].add(direction_gap, own - 1);
  for (unsigned left = tcp_flags; left != 0; left &= left - 1) flags[direction][__builtin_ctz(left)]++;
}

}  // namespace nfstream
