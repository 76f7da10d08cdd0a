// The beginning of a stream, put together from parts that come in any order, repeated or overlapping. What came first stays.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

class Reassembly {
 public:
  // Bytes beyond this are not kept: no message that is looked for is that long.
  static constexpr size_t longest = 16384;
  // Gaps between the parts that are kept.
  static constexpr size_t most_gaps = 32;

  void add(uint64_t at, Span part);
  // The bytes from the start up to the first gap.
  Span bytes() const;

 private:
  // What lies far ahead takes no more memory than it has bytes: everyone who sends packets can make gaps.
  struct Part {
    size_t from;
    std::vector<uint8_t> bytes;
    size_t to() const { return from + bytes.size(); }
  };

  // Ordered, not touching.
  std::vector<Part> parts_;
};

}  // namespace nfstream::tls
