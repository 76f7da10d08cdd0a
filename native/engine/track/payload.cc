#include "engine/track/payload.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nfstream {

bool Payload::add(int direction, const uint8_t* from, uint32_t count, uint32_t most) {
  uint32_t& used = size[direction];
  if (used >= most) return true;
  count = std::min(count, most - used);
  if (count == 0) return true;
  if (used + count > capacity[direction]) {
    const uint32_t wanted = std::min(most, std::max({uint32_t{256}, 2 * capacity[direction], used + count}));
    void* grown = std::realloc(bytes[direction], wanted);
    if (grown == nullptr) return false;
    bytes[direction] = static_cast<uint8_t*>(grown);
    capacity[direction] = wanted;
  }
  std::memcpy(bytes[direction] + used, from, count);
  used += count;
  return true;
}

void Payload::release() {
  for (int direction = 0; direction < 2; direction++) {
    std::free(bytes[direction]);
    bytes[direction] = nullptr;
    size[direction] = capacity[direction] = 0;
  }
}

}  // namespace nfstream
