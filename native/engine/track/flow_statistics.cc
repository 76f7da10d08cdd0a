#include "engine/track/flow_statistics.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace nfstream {

void RunningMean::take(int64_t value, uint64_t count) {
  const double x = static_cast<double>(value);
  if (count == 1) {
    mean = x;
    m2 = 0;
    return;
  }
  const double before = mean;
  // Signed numbers become reals in one instruction.
  mean += (x - before) / static_cast<double>(static_cast<int64_t>(count));
  m2 += (x - before) * (x - mean);
}

double RunningMean::deviation(uint64_t count) const { return count > 1 ? std::sqrt(m2 / static_cast<double>(count - 1)) : 0; }

void Moments::add(int64_t value, uint64_t count) {
  take(value, count);
  min = count == 1 ? value : std::min(min, value);
  max = count == 1 ? value : std::max(max, value);
}

bool FlowStatistics::count(const FlowRecord& flow, int direction, uint32_t size, int64_t gap, int64_t direction_gap, uint8_t tcp_flags) {
  const uint64_t all = flow.total_packets();
  const uint64_t own = flow.packets[direction];
  sizes_[0].take(size, all);
  sizes_[1 + direction].take(size, own);
  if (own == 1 || size < smallest_size_[direction]) smallest_size_[direction] = size;
  if (size > largest_size_[direction]) largest_size_[direction] = size;
  if (all > 1 && !add_gap(0, gap, all - 1)) return false;
  if (own > 1 && !add_gap(1 + direction, direction_gap, own - 1)) return false;
  for (unsigned left = tcp_flags; left != 0; left &= left - 1) {
    const int flag = __builtin_ctz(left);
    if (++flags_[direction][flag] == 0 && !carry(direction, flag)) return false;
  }
  return true;
}

int64_t FlowStatistics::smallest_size(int which, const FlowRecord& flow) const {
  if (which > 0) return smallest_size_[which - 1];
  return flow.packets[1] == 0 ? smallest_size_[0] : std::min(smallest_size_[0], smallest_size_[1]);
}

int64_t FlowStatistics::largest_size(int which) const { return which > 0 ? largest_size_[which - 1] : std::max(largest_size_[0], largest_size_[1]); }

bool FlowStatistics::add_long_gap(int which, int64_t gap, uint64_t count) {
  const int64_t smallest = count == 1 ? gap : std::min(gap, smallest_gap(which));
  const int64_t largest = count == 1 ? gap : std::max(gap, largest_gap(which));
  if (!make_more()) return false;
  const auto store = [](int64_t value, uint32_t& near, int64_t& far) {
    near = static_cast<uint64_t>(value) < beyond ? static_cast<uint32_t>(value) : beyond;
    far = value;
  };
  store(smallest, smallest_gap_[which], more_->smallest_gap[which]);
  store(largest, largest_gap_[which], more_->largest_gap[which]);
  return true;
}

bool FlowStatistics::carry(int direction, int flag) {
  if (!make_more()) return false;
  more_->flags[direction][flag] += uint64_t{UINT16_MAX} + 1;
  return true;
}

bool FlowStatistics::make_more() {
  if (more_ == nullptr) more_ = new (std::nothrow) More();
  return more_ != nullptr;
}

void FlowStatistics::release() {
  delete more_;
  more_ = nullptr;
}

}  // namespace nfstream
