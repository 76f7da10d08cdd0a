// Post-mortem statistics of a flow: sizes and gaps of its packets and its TCP flags, with nfstream's formulas.
#pragma once

#include <cstdint>

#include "engine/table/flow_record.h"

namespace nfstream {

// Welford's running mean and deviation, in nfstream's order of operations: the last digits depend on it.
struct Moments {
  double mean;
  double m2;
  int64_t min;
  int64_t max;

  // `count` samples, this one included.
  void add(int64_t value, uint64_t count);
  // Of a sample: divided by count - 1; 0 for fewer than two.
  double deviation(uint64_t count) const;
};

// In the order of the header's bits.
enum TcpFlag { flag_fin, flag_syn, flag_rst, flag_psh, flag_ack, flag_urg, flag_ece, flag_cwr, flag_count };

struct FlowStatistics {
  // 0 both directions, 1 source to destination, 2 back.
  Moments sizes[3];
  Moments gaps[3];  // in the run's time unit
  uint32_t flags[2][flag_count];

  // Counts the flow's newest packet, which the record counts already. The gaps are to the flow's and to the direction's packet before it.
  void count(const FlowRecord& flow, int direction, int64_t size, int64_t gap, int64_t direction_gap, uint8_t tcp_flags);
};

}  // namespace nfstream
