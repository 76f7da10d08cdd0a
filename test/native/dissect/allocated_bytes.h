#pragma once

#include <cstddef>

#ifdef WITH_SANITIZERS
// The address sanitizer's own count; not every compiler ships the header.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#else
#include <malloc.h>
#endif

namespace nfstream::test {

// Bytes of memory that the process has allocated and not given back.
inline size_t allocated_bytes() {
#ifdef WITH_SANITIZERS
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 now = ::mallinfo2();
  return now.uordblks + now.hblkhd;
#endif
}

// Whether each of many rounds leaves a block.
template <typename Round>
bool grows(Round round) {
  constexpr size_t rounds = 50;
#ifdef WITH_SANITIZERS
  constexpr size_t least = 1;
#else
  // malloc counts what a thread keeps for its next blocks as allocated, which is a few of them more or less from time to time.
  constexpr size_t smallest_block = 32;
  constexpr size_t least = rounds * smallest_block / 2;
#endif
  const size_t before = allocated_bytes();
  for (size_t i = 0; i < rounds; i++) round();
  return allocated_bytes() >= before + least;
}

}  // namespace nfstream::test
