#include "engine/track/seen_bytes.h"

#include <algorithm>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

void SeenBytes::begin(uint32_t next) {
  next_ = next;
  count_ = 0;
}

void SeenBytes::add(uint32_t from, uint32_t to) {
  if (sequence_distance(to, next_) <= 0) return;
  if (sequence_distance(from, next_) < 0) from = next_;
  // What touches the new range becomes part of it.
  size_t at = 0;
  while (at < count_ && sequence_distance(later_[at].to, from) < 0) at++;
  size_t behind = at;
  for (; behind < count_ && sequence_distance(later_[behind].from, to) <= 0; behind++) {
    if (sequence_distance(later_[behind].from, from) < 0) from = later_[behind].from;
    if (sequence_distance(later_[behind].to, to) > 0) to = later_[behind].to;
  }
  if (from == next_) {
    next_ = to;
    std::copy(later_ + behind, later_ + count_, later_);
    count_ -= static_cast<uint32_t>(behind);
    return;
  }
  if (behind == at) {
    std::copy_backward(later_ + at, later_ + count_, later_ + count_ + 1);
  } else {
    std::copy(later_ + behind, later_ + count_, later_ + at + 1);
  }
  count_ = static_cast<uint32_t>(count_ - (behind - at) + 1);
  later_[at] = {from, to};
  if (count_ > most) merge_smallest_hole();
}

// A hole that is forgotten is a gap that is not told; a range that is forgotten would be a gap that was none.
void SeenBytes::merge_smallest_hole() {
  size_t smallest = 1;
  for (size_t i = 2; i < count_; i++) {
    if (later_[i].from - later_[i - 1].to < later_[smallest].from - later_[smallest - 1].to) smallest = i;
  }
  later_[smallest - 1].to = later_[smallest].to;
  std::copy(later_ + smallest + 1, later_ + count_, later_ + smallest);
  count_--;
}

unsigned SeenBytes::acknowledge(uint32_t to) {
  unsigned holes = 0;
  size_t passed = 0;
  while (passed < count_ && sequence_distance(to, later_[passed].from) > 0) {
    next_ = later_[passed++].to;
    holes++;
  }
  std::copy(later_ + passed, later_ + count_, later_);
  count_ -= static_cast<uint32_t>(passed);
  if (sequence_distance(to, next_) <= 0) return holes;
  // Ranges that the acknowledgement lies before stay; a hole up to it is over.
  next_ = to;
  return holes + 1;
}

}  // namespace nfstream
