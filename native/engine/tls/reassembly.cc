#include "engine/tls/reassembly.h"

#include <algorithm>
#include <cstring>

namespace nfstream::tls {

void Reassembly::add(uint64_t at, Span part) {
  if (at >= longest || part.size == 0) return;
  const auto from = static_cast<size_t>(at);
  const size_t to = std::min(longest, from + std::min(part.size, longest));
  if (memory_.size() < to) memory_.resize(to);
  // Only what is not there yet is copied.
  std::vector<std::pair<size_t, size_t>> merged;
  size_t copied = from;
  std::pair<size_t, size_t> joined(from, to);
  for (const auto& range : filled_) {
    if (range.second < from || range.first > to) {
      merged.push_back(range);
      continue;
    }
    if (range.first > copied) std::memcpy(&memory_[copied], part.data + (copied - from), range.first - copied);
    copied = std::max(copied, range.second);
    joined = {std::min(joined.first, range.first), std::max(joined.second, range.second)};
  }
  if (copied < to) std::memcpy(&memory_[copied], part.data + (copied - from), to - copied);
  if (merged.size() > most_gaps) return;
  merged.insert(std::upper_bound(merged.begin(), merged.end(), joined), joined);
  filled_ = std::move(merged);
}

Span Reassembly::bytes() const {
  if (filled_.empty() || filled_.front().first > 0) return {};
  return {memory_.data(), filled_.front().second};
}

}  // namespace nfstream::tls
