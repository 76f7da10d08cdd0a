// nDPI asks this of each of its dissectors for each packet, and calls it as a function that others can replace. Its own looks at twice as many, smaller
// words, one by one; this one takes an eighth of a run off.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/dissect/ndpi/ndpi_compat.h"

#if !NFSTREAM_NDPI_AT(5, 0)

namespace {

using Word = uint64_t;
static_assert(sizeof(NDPI_PROTOCOL_BITMASK) % sizeof(Word) == 0, "a mask is whole words");

// As wide as the caller's writes of a moment ago, which wider reads would have to wait for.
Word word_at(const NDPI_PROTOCOL_BITMASK& mask, size_t byte) {
  Word word;
  std::memcpy(&word, reinterpret_cast<const uint8_t*>(&mask) + byte, sizeof word);
  return word;
}

}  // namespace

// Whether two masks have a protocol in common.
extern "C" __attribute__((visibility("default"))) int NDPI_BITMASK_COMPARE(NDPI_PROTOCOL_BITMASK a, NDPI_PROTOCOL_BITMASK b) {
  Word common = 0;
  for (size_t byte = 0; byte < sizeof a; byte += sizeof(Word)) common |= word_at(a, byte) & word_at(b, byte);
  return common != 0 ? 1 : 0;
}

#endif
