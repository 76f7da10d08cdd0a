// How many different values came, up to a limit.
#pragma once

#include <cstdint>

namespace nfstream {

// Begins as zeros, and owns its cells.
struct Distinct {
  static constexpr uint32_t most = 65536;

  int64_t* cells;  // by open addressing; 0 is an empty one
  uint32_t capacity;
  uint32_t count;
  bool has_zero;
  bool full;  // more came than are counted

  // `seed` is random, so that nobody who chooses values can choose collisions. False when there is no memory.
  bool add(int64_t value, uint64_t seed);
  void release();

 private:
  bool grow(uint64_t seed);
  // Whether the value is new.
  bool place(int64_t value, uint64_t seed);
};

}  // namespace nfstream
