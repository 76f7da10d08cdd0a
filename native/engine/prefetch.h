// Memory that is wanted soon.
#pragma once

namespace nfstream {

// GCC takes a function that does nothing else for one without any effect, and leaves the calls of it out; statements of assembly it leaves in, the empty one
// too.
inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  asm volatile("");
}

}  // namespace nfstream
