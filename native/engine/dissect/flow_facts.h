// The facts of one flow after its dissection, in one block of memory: only those that were found and that the run's columns need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/dissect/facts.h"

namespace nfstream {

class FlowFacts {
 public:
  // A block with the facts of `wanted`, texts as valid UTF-8; null when there are none. Throws std::bad_alloc without memory.
  static FlowFacts* make(const Facts& facts, FactMask wanted);
  static void free(FlowFacts* facts);

  bool has(Fact fact) const { return (present() & bit(fact)) != 0; }
  // Only of a fact that was found.
  std::string_view text(Fact fact) const;
  int64_t number(Fact fact) const;
  // All of them. The texts are valid as long as this is.
  Facts all() const;

 private:
  // Of a mask, as many bytes as facts need: most flows have one short text, and a block of memory grows in steps of 16 bytes.
  static constexpr size_t mask_bytes = (static_cast<size_t>(Fact::count) + 7) / 8;

  const char* find(Fact fact) const;
  FactMask present() const {
    FactMask mask = 0;
    for (size_t i = 0; i < mask_bytes; i++) mask |= FactMask{present_[i]} << (8 * i);
    return mask;
  }

  uint8_t present_[mask_bytes];
  // In the order of the enumeration: a text's length in two bytes and its bytes, a number's eight bytes.
  char bytes_[];
};

}  // namespace nfstream
