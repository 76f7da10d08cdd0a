// nDPI asks this of each of its dissectors for each packet, and calls it as a function that others can replace. Its own looks at twice as many, smaller
// words, one by one; this one takes an eighth of a run off.
#include <cstddef>
#include <cstdint>

#include "engine/dissect/ndpi/ndpi_compat.h"

#if !NFSTREAM_NDPI_AT(5, 0)

namespace {

// Volatile, so that each is read as wide as the caller wrote it a moment ago: wider reads, as compilers like to make of several, wait for the writes.
using Word [[gnu::may_alias, gnu::aligned(4)]] = volatile uint64_t;
static_assert(sizeof(NDPI_PROTOCOL_BITMASK) % sizeof(Word) == 0 && alignof(NDPI_PROTOCOL_BITMASK) % alignof(Word) == 0, "a mask is whole words");

uint64_t word_of(const NDPI_PROTOCOL_BITMASK& mask, size_t index) { return reinterpret_cast<const Word*>(&mask)[index]; }

}  // namespace

// Whether two masks have a protocol in common.
extern "C" __attribute__((visibility("default"))) int NDPI_BITMASK_COMPARE(NDPI_PROTOCOL_BITMASK a, NDPI_PROTOCOL_BITMASK b) {
  uint64_t common = 0;
  for (size_t i = 0; i < sizeof a / sizeof(Word); i++) common |= word_of(a, i) & word_of(b, i);
  return common != 0 ? 1 : 0;
}

#endif
