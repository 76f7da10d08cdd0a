#include "engine/tls/reassembly.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nfstream::tls {

void Reassembly::add(uint64_t at, Span part) {
  if (at >= longest || part.size == 0) return;
  const auto from = static_cast<size_t>(at);
  part = part.first(longest - from);
  const size_t to = from + part.size;
  // The parts that it overlaps or touches become one with it.
  const auto first = std::find_if(parts_.begin(), parts_.end(), [&](const Part& known) { return known.to() >= from; });
  const auto last = std::find_if(first, parts_.end(), [&](const Part& known) { return known.from > to; });
  if (first == last) {
    if (parts_.size() <= most_gaps) parts_.insert(first, {from, {part.data, part.data + part.size}});
    return;
  }
  Part joined{std::min(from, first->from), {}};
  joined.bytes.resize(std::max(to, std::prev(last)->to()) - joined.from);
  std::memcpy(&joined.bytes[from - joined.from], part.data, part.size);
  for (auto known = first; known != last; ++known) std::memcpy(&joined.bytes[known->from - joined.from], known->bytes.data(), known->bytes.size());
  *first = std::move(joined);
  parts_.erase(std::next(first), last);
}

Span Reassembly::bytes() const {
  if (parts_.empty() || parts_.front().from > 0) return {};
  return {parts_.front().bytes.data(), parts_.front().bytes.size()};
}

}  // namespace nfstream::tls
