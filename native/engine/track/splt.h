// Sequence of packet lengths and times: direction, size and gap of each of a flow's first packets.
#pragma once

#include <cstdint>

namespace nfstream {

struct SpltPacket {
  int64_t gap;  // to the flow's packet before it, in the run's time unit; 0 for the first
  int32_t size;
  int8_t direction;
};

// Grows with the packets that come: most flows have far fewer than a run may ask for.
struct Splt {
  SpltPacket* packets;
  uint16_t count;
  uint16_t capacity;

  // Notes a packet, unless there are `most` already. False when there is no memory.
  bool add(const SpltPacket& packet, uint16_t most);
  void release();
};

}  // namespace nfstream
