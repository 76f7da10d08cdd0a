#include "engine/meter/flow_limit.h"

#include "engine/meter/meter.h"

namespace nfstream {

size_t FlowLimit::open() const {
  size_t all = 0;
  for (const Meter* meter : meters_) all += meter->held();
  return all;
}

bool FlowLimit::make_room(Meter& asking, const PreparedPacket& packet, const ClockMarks* marks) {
  if (open() < capacity_) return true;
  if (marks != nullptr) {
    for (Meter* meter : meters_) {
      if (meter != &asking && !meter->follow(*marks, to_ms(packet.now_ns), packet.number)) return false;
    }
    if (open() < capacity_) return true;
  }
  Meter* oldest = meters_.front();
  for (Meter* meter : meters_) {
    if (meter->oldest_packet() < oldest->oldest_packet()) oldest = meter;
  }
  if (oldest != &asking && oldest->full()) return false;
  oldest->evict_oldest(packet.number);
  return true;
}

}  // namespace nfstream
