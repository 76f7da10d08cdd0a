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

enum TcpFlag { flag_syn, flag_cwr, flag_ece, flag_urg, flag_ack, flag_psh, flag_rst, flag_fin, flag_count };

struct FlowStatistics {
  // 0 both directions, 1 source to destination, 2 back.
  Moments sizes[3];
  Moments gaps_ms[3];
  uint32_t flags[2][flag_count];

  // Counts the flow's newest packet, which the record counts already. The gaps are to the flow's and to the direction's packet before it.
  void count(const FlowRecord& flow, int direction, int64_t size, int64_t gap_ms, int64_t direction_gap_ms, uint8_t tcp_flags);
};

// A run with statistics keeps them behind each flow's record.
inline FlowStatistics& statistics_of(FlowRecord& flow) { return *reinterpret_cast<FlowStatistics*>(&flow + 1); }
inline const FlowStatistics& statistics_of(const FlowRecord& flow) { return *reinterpret_cast<const FlowStatistics*>(&flow + 1); }

}  // namespace nfstream
