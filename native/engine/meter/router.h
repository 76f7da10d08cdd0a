// Which packet is for which of a run's meters: one pass over the packets, so that each meter touches only its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/meter/clock_marks.h"
#include "engine/meter/prepared_packet.h"
#include "engine/meter/run_clock.h"

namespace nfstream {

// Packets in a row that meters take at a time, and where the clock moved in them. Those that are ignored are left out.
class Stretch {
 public:
  // Of at most so many packets.
  Stretch(size_t meters, size_t most_packets, bool mark_every_packet);

  size_t count() const { return count_; }
  const PreparedPacket& packet(size_t at) const { return packets_[at]; }
  // Those of one meter.
  size_t count_of(size_t meter) const { return counts_[meter]; }
  const PreparedPacket* const* packets_of(size_t meter) const { return &shares_[meter * most_packets_]; }

  const ClockMarks& marks() const { return marks_; }
  // The clock behind it.
  int64_t end_ms() const { return end_ms_; }

 private:
  friend class Router;

  size_t most_packets_;
  std::unique_ptr<PreparedPacket[]> packets_;
  std::unique_ptr<const PreparedPacket*[]> shares_;  // by meter, each of them with room for all
  std::vector<size_t> counts_;
  size_t count_ = 0;
  ClockMarks marks_;
  int64_t end_ms_ = 0;
};

// Where a pass over several batches stands.
struct BatchPosition {
  size_t batch = 0;
  size_t next = 0;
};

class Router {
 public:
  // `by_addresses`: all that two addresses exchange is one meter's, whose dissector's memory of it then decides labels; otherwise all of one flow. Clock and
  // hash must outlive it.
  Router(size_t meters, bool by_addresses, RunClock& clock, const FlowHash& hash) : meters_(meters), by_addresses_(by_addresses), clock_(clock), hash_(hash) {}

  // Fills a stretch anew, with packets from a position on, and moves it.
  void route(const std::vector<PacketBatchView>& batches, BatchPosition& at, Stretch& stretch);

 private:
  void route(const PacketBatchView& packets, size_t from, size_t to, Stretch& stretch);
  // Not by the seed where labels depend on it: what a run gives must not change from run to run.
  size_t meter_of(const PreparedPacket& packet) const {
    return by_addresses_ ? packet.keyed.key.address_pair() % meters_ : packet.hash * uint64_t{meters_} >> 32;
  }

  size_t meters_;
  bool by_addresses_;
  RunClock& clock_;
  const FlowHash& hash_;
};

}  // namespace nfstream
