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

}  // namespace nfstream::test
