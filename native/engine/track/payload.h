// The first payload bytes of each direction, in the order in which packets came.
#pragma once

#include <cstdint>

namespace nfstream {

struct Payload {
  uint8_t* bytes[2];
  uint32_t size[2];
  uint32_t capacity[2];

  // Keeps what is still wanted of a packet's payload: up to `most` bytes in all. False when there is no memory.
  bool add(int direction, const uint8_t* from, uint32_t count, uint32_t most);
  void release();
};

}  // namespace nfstream
