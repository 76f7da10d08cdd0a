// The beginning of a stream, put together from parts that come in any order, repeated or overlapping. What came first stays.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

class Reassembly {
 public:
  // Bytes beyond this are not kept: no ClientHello is that long.
  static constexpr size_t longest = 16384;
  // Gaps between the parts that are kept.
  static constexpr size_t most_gaps = 32;

  void add(uint64_t at, Span part);
  // The bytes from the start up to the first gap.
  Span bytes() const;

 private:
  std::vector<uint8_t> memory_;
  // Ordered, not touching: from, to.
  std::vector<std::pair<size_t, size_t>> filled_;
};

}  // namespace nfstream::tls
