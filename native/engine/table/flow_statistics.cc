#include "engine/table/flow_statistics.h"

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
  mean += (x - before) / static_cast<double>(count);
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
  constexpr uint8_t masks[flag_count] = {0x02, 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x01};
  for (int i = 0; i < flag_count; i++) flags[direction][i] += (tcp_flags & masks[i]) != 0;
}

}  // namespace nfstream
