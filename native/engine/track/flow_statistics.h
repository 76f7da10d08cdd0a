// Post-mortem statistics of a flow: sizes and gaps of its packets and its TCP flags, with nfstream's formulas.
//
// Every open flow has one of these, so what hardly any flow needs stands in a block that is made when it is needed. All values are exact.
#pragma once

#include <cstdint>

#include "engine/table/flow_record.h"

namespace nfstream {

// Welford's running mean and deviation, in nfstream's order of operations: the last digits depend on it.
struct RunningMean {
  double mean;
  double m2;

  // `count` samples, this one included.
  void take(int64_t value, uint64_t count);
  // Of a sample: divided by count - 1; 0 for fewer than two.
  double deviation(uint64_t count) const;
};

struct Moments : RunningMean {
  int64_t min;
  int64_t max;

  // `count` samples, this one included.
  void add(int64_t value, uint64_t count);
};

// In the order of the header's bits.
enum TcpFlag { flag_fin, flag_syn, flag_rst, flag_psh, flag_ack, flag_urg, flag_ece, flag_cwr, flag_count };

// Where directions are numbered from 0 to 2, these are both, source to destination, and back.
class FlowStatistics {
 public:
  // Counts the flow's newest packet, which the record counts already. The gaps are to the flow's and to the direction's packet before it, in the run's time
  // unit. False when there is no memory.
  bool count(const FlowRecord& flow, int direction, uint32_t size, int64_t gap, int64_t direction_gap, uint8_t tcp_flags);
  void release();

  const RunningMean& sizes(int which) const { return sizes_[which]; }
  const RunningMean& gaps(int which) const { return gaps_[which]; }
  int64_t smallest_size(int which, const FlowRecord& flow) const;
  int64_t largest_size(int which) const;
  int64_t smallest_gap(int which) const { return smallest_gap_[which] == beyond ? more_->smallest_gap[which] : smallest_gap_[which]; }
  int64_t largest_gap(int which) const { return largest_gap_[which] == beyond ? more_->largest_gap[which] : largest_gap_[which]; }
  // By direction: 0 source to destination, 1 back.
  uint64_t flags(int direction, unsigned which) const { return (more_ == nullptr ? 0 : more_->flags[direction][which]) + flags_[direction][which]; }

 private:
  // A gap that has no room in 32 bits: it stands in the block.
  static constexpr uint32_t beyond = UINT32_MAX;

  struct More {
    int64_t smallest_gap[3];
    int64_t largest_gap[3];
    uint64_t flags[2][flag_count];  // what 16 bits had no room for
  };

  bool add_gap(int which, int64_t gap, uint64_t count) {
    gaps_[which].take(gap, count);
    if (count > 1 && (smallest_gap_[which] == beyond || largest_gap_[which] == beyond)) return add_long_gap(which, gap, count);
    if (static_cast<uint64_t>(gap) >= beyond) return add_long_gap(which, gap, count);
    const auto units = static_cast<uint32_t>(gap);
    if (count == 1 || units < smallest_gap_[which]) smallest_gap_[which] = units;
    if (count == 1 || units > largest_gap_[which]) largest_gap_[which] = units;
    return true;
  }
  bool add_long_gap(int which, int64_t gap, uint64_t count);
  bool carry(int direction, int flag);
  bool make_more();

  RunningMean sizes_[3];
  RunningMean gaps_[3];
  // Of sizes by direction: both directions have the smaller and the larger of the two.
  uint32_t smallest_size_[2];
  uint32_t largest_size_[2];
  uint32_t smallest_gap_[3];
  uint32_t largest_gap_[3];
  uint16_t flags_[2][flag_count];
  More* more_;
};

}  // namespace nfstream
