// nfstream's 48 post-mortem statistics: {bidirectional, src2dst, dst2src} x {min, mean, stddev, max} of sizes and of gaps, and the TCP flags.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"bidirectional_", "src2dst_", "dst2src_"};
constexpr const char* flags[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
constexpr TrackSet needed = only(Track::statistics);

// The argument of a moment: its direction, and whether it is one of gaps.
int moment(int direction, bool gap) { return direction * 2 + (gap ? 1 : 0); }
bool is_gap(int argument) { return argument % 2 == 1; }
int direction_of(int argument) { return argument / 2; }

const RunningMean& running(const FlowView& view, int argument) {
  const FlowStatistics& statistics = view.layout.statistics(view.flow);
  return is_gap(argument) ? statistics.gaps(direction_of(argument)) : statistics.sizes(direction_of(argument));
}

int64_t smallest(const FlowView& view, int argument) {
  const FlowStatistics& statistics = view.layout.statistics(view.flow);
  const int direction = direction_of(argument);
  return is_gap(argument) ? statistics.smallest_gap(direction) : statistics.smallest_size(direction, view.flow);
}

int64_t largest(const FlowView& view, int argument) {
  const FlowStatistics& statistics = view.layout.statistics(view.flow);
  return is_gap(argument) ? statistics.largest_gap(direction_of(argument)) : statistics.largest_size(direction_of(argument));
}

uint64_t count_of(const FlowView& view, int argument) {
  const int direction = direction_of(argument);
  const uint64_t packets = direction == 0 ? view.flow.total_packets() : view.flow.packets[direction - 1];
  return is_gap(argument) && packets > 0 ? packets - 1 : packets;
}

// The sum of sizes is the bytes, that of gaps the duration.
uint64_t sum_of(const FlowView& view, int argument) {
  const FlowRecord& flow = view.flow;
  const int direction = direction_of(argument);
  if (!is_gap(argument)) return direction == 0 ? flow.bytes[0] + flow.bytes[1] : flow.bytes[direction - 1];
  const int64_t first = direction == 0 ? flow.first_seen_ns() : flow.first_ns[direction - 1];
  const int64_t last = direction == 0 ? flow.last_seen_ns() : flow.last_ns[direction - 1];
  return static_cast<uint64_t>(in_unit(last, view.format.unit) - in_unit(first, view.format.unit));
}

SumOfSquares squares_of(const FlowView& view, int argument) {
  const PieceSums& sums = view.layout.piece_sums(view.flow);
  const int direction = direction_of(argument);
  if (is_gap(argument)) return sums.gaps[direction];
  if (direction > 0) return sums.sizes[direction - 1];
  SumOfSquares both = sums.sizes[0];
  both.add(sums.sizes[1]);
  return both;
}

// Pieces are rounded from exact sums, so that it makes no difference into how many of them a flow was cut.
bool is_piece(const FlowView& view) { return view.layout.has(Track::piece_sums); }

double mean(const FlowView& view, int argument) {
  if (!is_piece(view)) return running(view, argument).mean;
  const uint64_t count = count_of(view, argument);
  return count == 0 ? 0 : static_cast<double>(sum_of(view, argument)) / static_cast<double>(count);
}

double deviation(const FlowView& view, int argument) {
  const uint64_t count = count_of(view, argument);
  return is_piece(view) ? squares_of(view, argument).deviation(sum_of(view, argument), count) : running(view, argument).deviation(count);
}

// The argument of a flag: its direction, and its place.
int64_t flag(const FlowView& view, int argument) {
  const FlowStatistics& statistics = view.layout.statistics(view.flow);
  const int direction = argument / flag_count;
  const unsigned which = static_cast<unsigned>(argument) % flag_count;
  return static_cast<int64_t>(direction > 0 ? statistics.flags(direction - 1, which) : statistics.flags(0, which) + statistics.flags(1, which));
}

}  // namespace

std::vector<Column> statistics_columns() {
  std::vector<Column> columns;
  for (const bool gap : {false, true}) {
    const std::string of = gap ? "_piat" : "_ps";
    for (int direction = 0; direction < 3; direction++) {
      const std::string name = directions[direction];
      const int argument = moment(direction, gap);
      columns.push_back(integer_column(name + "min" + of, smallest, argument, needed));
      columns.push_back(real_column(name + "mean" + of, mean, argument, needed));
      columns.push_back(real_column(name + "stddev" + of, deviation, argument, needed));
      columns.push_back(integer_column(name + "max" + of, largest, argument, needed));
    }
  }
  for (int direction = 0; direction < 3; direction++) {
    for (int which = 0; which < flag_count; which++) {
      columns.push_back(integer_column(std::string(directions[direction]) + flags[which] + "_packets", flag, direction * flag_count + which, needed));
    }
  }
  return columns;
}

}  // namespace nfstream
