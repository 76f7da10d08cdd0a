// How many flows the meters of a run may hold open together: `capacity` is one count, whoever's the flows are.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/meter/clock_marks.h"

namespace nfstream {

class Meter;

class FlowLimit {
 public:
  explicit FlowLimit(size_t capacity) : capacity_(capacity) {}
  FlowLimit(const FlowLimit&) = delete;
  FlowLimit& operator=(const FlowLimit&) = delete;

  void add(Meter& meter) { meters_.push_back(&meter); }

  // Whether so many more are no more than there may be: then nobody need ask, and meters may be at work at the same time.
  bool has_room_for(size_t flows) const { return open() + flows <= capacity_; }
  // One more is to be opened, by a packet that has ended what its own meter had to end. Where there is no room, the others follow the clock to that packet, and
  // if there is still none, the flow ends whose last packet is the oldest of all. False when ended flows must be put out first. `marks` is null for a meter
  // that is alone.
  bool make_room(Meter& asking, const PreparedPacket& packet, const ClockMarks* marks);

 private:
  size_t open() const;

  size_t capacity_;
  std::vector<Meter*> meters_;
};

}  // namespace nfstream
