// Memory by the page, straight from the system.
#pragma once

#include <sys/mman.h>

#include <cstddef>

namespace nfstream {

// Zeros, or null when there is no memory.
inline void* map_pages(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

inline void unmap_pages(void* memory, size_t bytes) { munmap(memory, bytes); }

// What is asked for next of it comes in large pages, where the system has them: a table that is read at random takes half as long in them.
inline void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) {
#ifdef MADV_HUGEPAGE
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

// Gives whole pages of it back; they are zeros when they are read again.
inline void drop_pages(void* memory, size_t bytes) { madvise(memory, bytes, MADV_DONTNEED); }

}  // namespace nfstream
