#include "engine/track/splt.h"

#include <algorithm>
#include <cstdlib>

namespace nfstream {

bool Splt::add(const SpltPacket& packet, uint16_t most) {
  if (count >= most) return true;
  if (count == capacity) {
    const auto wanted = static_cast<uint16_t>(std::min<uint32_t>(most, capacity == 0 ? 8 : 2u * capacity));
    void* grown = std::realloc(packets, wanted * sizeof(SpltPacket));
    if (grown == nullptr) return false;
    packets = static_cast<SpltPacket*>(grown);
    capacity = wanted;
  }
  packets[count++] = packet;
  return true;
}

void Splt::release() {
  std::free(packets);
  packets = nullptr;
  count = capacity = 0;
}

}  // namespace nfstream
