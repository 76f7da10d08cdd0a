// What stitching needs of each piece of a flow, besides the columns that it merges.
#include <algorithm>

#include "engine/columns/column_table.h"
#include "engine/columns/format.h"
#include "engine/digest/sha1.h"

namespace nfstream {

namespace {

constexpr const char* ways[] = {"piece_src2dst", "piece_dst2src"};

// 128 bits over what makes packets belong to one flow, the same in both directions.
void key(const FlowView& view, int, std::string& out) {
  const FlowKey whole = view.flow.key.whole();
  DigestBytes bytes;
  for (const uint64_t word : whole.words) bytes.number(word, 8);
  append_hex(out, sha1(bytes.data(), bytes.size()).data(), 16);
}

int64_t touches(const FlowView& view, int) { return (view.layout.piece(view.flow).early ? 1 : 0) | (view.reason == EndReason::end_of_source ? 2 : 0); }

// The argument of a sum of squares: which one, of sizes or of gaps, and whether its upper half.
const SumOfSquares& squares(const FlowView& view, int argument) {
  const PieceSums& sums = view.layout.piece_sums(view.flow);
  const int which = argument / 2;
  return which < 2 ? sums.sizes[which] : sums.gaps[which - 2];
}
int64_t half_of_squares(const FlowView& view, int argument) {
  const SumOfSquares& sum = squares(view, argument);
  return static_cast<int64_t>(argument % 2 == 1 ? sum.high : sum.low);
}

void add_sum(std::vector<Column>& columns, const std::string& name, int64_t (*half)(const FlowView&, int), int argument, TrackSet tracks) {
  columns.push_back(integer_column(name, half, argument, tracks));
  columns.push_back(integer_column(name + "_high", half, argument + 1, tracks));
}

// The argument of a column of periods: 1 for idle ones, or in sums of squares twice that, and one more for the upper half.
const PeriodSums& periods(const FlowView& view, int idle) {
  const PiecePeriods& all = view.layout.piece_periods(view.flow);
  return idle == 1 ? all.idle : all.active;
}

void add_periods(std::vector<Column>& columns) {
  constexpr TrackSet needed = only(Track::piece_periods) | only(Track::activity);
  for (const int idle : {0, 1}) {
    const std::string name = idle == 1 ? "piece_idle" : "piece_active";
    const auto add = [&](const char* what, int64_t (*fill)(const FlowView&, int)) { columns.push_back(integer_column(name + what, fill, idle, needed)); };
    add("_periods", [](const FlowView& view, int of) { return static_cast<int64_t>(periods(view, of).count); });
    add("_sum", [](const FlowView& view, int of) { return static_cast<int64_t>(periods(view, of).sum); });
    add("_min", [](const FlowView& view, int of) { return periods(view, of).min; });
    add("_max", [](const FlowView& view, int of) { return periods(view, of).max; });
    add_sum(
        columns, name + "_squares",
        [](const FlowView& view, int argument) {
          const SumOfSquares& squares = periods(view, argument / 2).squares;
          return static_cast<int64_t>(argument % 2 == 1 ? squares.high : squares.low);
        },
        2 * idle, needed);
  }
  // A piece without an idle period has one active one, from its first packet to its last.
  columns.push_back(integer_column(
      "piece_first_active_ns",
      [](const FlowView& view, int) {
        const PiecePeriods& all = view.layout.piece_periods(view.flow);
        return all.idle.count > 0 ? all.first_ended_ns : view.flow.last_seen_ns();
      },
      0, needed));
  columns.push_back(integer_column("piece_last_active_ns", [](const FlowView& view, int) { return view.layout.activity(view.flow).began_ns; }, 0, needed));
}

// Which SYNs there were, which came first, and their shifts.
int64_t syns(const FlowView& view, int) {
  const TcpWindow& window = view.layout.tcp_window(view.flow);
  int64_t bits = view.layout.piece_windows(view.flow).destination_first ? 4 : 0;
  for (int direction = 0; direction < 2; direction++) {
    const TcpOffer& offer = window.offers[direction];
    bits |= int64_t{offer.has_syn ? 1 : 0} << direction;
    bits |= int64_t{offer.has_shift ? 1 + offer.shift : 0} << (8 + 8 * direction);
  }
  return bits;
}

// The argument of a column of windows: the direction, and which of the three times.
int64_t window(const FlowView& view, int argument) {
  const PieceWindows& windows = view.layout.piece_windows(view.flow);
  const int direction = argument / 3;
  const int phase = argument % 3;
  return windows.has[direction][phase] ? int64_t{windows.max[direction][phase]} << 16 | windows.min[direction][phase] : -1;
}

void add_windows(std::vector<Column>& columns) {
  constexpr TrackSet needed = only(Track::piece_windows) | only(Track::tcp_window);
  constexpr const char* phases[] = {"_window_before", "_window_between", "_window_after"};
  columns.push_back(integer_column("piece_syns", syns, 0, needed));
  for (int direction = 0; direction < 2; direction++) {
    for (int phase = 0; phase < 3; phase++) {
      columns.push_back(integer_column(std::string(ways[direction]) + phases[phase], window, 3 * direction + phase, needed));
    }
  }
}

void payload(const FlowView& view, int direction, std::string& out) {
  const Payload& payload = view.layout.payload(view.flow);
  append_hex(out, payload.bytes[direction], std::min(payload.size[direction], view.format.entropy));
}

}  // namespace

std::vector<Column> piece_columns() {
  constexpr TrackSet piece = only(Track::piece);
  std::vector<Column> columns = {
      text_column("piece_key", key),
      integer_column("piece_larger", [](const FlowView& view, int) -> int64_t { return view.flow.source_is_larger ? 1 : 0; }),
      integer_column("piece_touches", touches, 0, piece),
      integer_column("piece_last_packet", [](const FlowView& view, int) { return static_cast<int64_t>(view.flow.last_packet); }),
      integer_column(
          "piece_dissected", [](const FlowView& view, int) -> int64_t { return view.flow.dissected_packets; }, 0, piece),
      integer_column(
          "piece_undecided", [](const FlowView& view, int) -> int64_t { return view.layout.piece(view.flow).undecided ? 1 : 0; }, 0, piece),
  };
  columns.push_back(integer_column("piece_label", [](const FlowView& view, int) -> int64_t {
    const bool known = view.flow.application != 0 || view.flow.master != 0;
    return !known ? 0 : view.flow.guessed ? 1 : 2;
  }));
  for (int way = 0; way < 2; way++) {
    const std::string name = ways[way];
    columns.push_back(integer_column(name + "_packets", [](const FlowView& view, int of) { return static_cast<int64_t>(view.flow.packets[of]); }, way));
    columns.push_back(integer_column(name + "_bytes", [](const FlowView& view, int of) { return static_cast<int64_t>(view.flow.bytes[of]); }, way));
    columns.push_back(integer_column(name + "_first_ns", [](const FlowView& view, int of) { return view.flow.first_ns[of]; }, way));
    columns.push_back(integer_column(name + "_last_ns", [](const FlowView& view, int of) { return view.flow.last_ns[of]; }, way));
  }
  constexpr const char* sums[] = {"src2dst_ps", "dst2src_ps", "bidirectional_piat", "src2dst_piat", "dst2src_piat"};
  for (int which = 0; which < 5; which++) {
    add_sum(columns, std::string("piece_") + sums[which] + "_squares", half_of_squares, 2 * which, only(Track::piece_sums));
  }
  add_periods(columns);
  add_windows(columns);
  for (int direction = 0; direction < 2; direction++) {
    columns.push_back(text_column(std::string(ways[direction]) + "_payload", payload, direction, only(Track::payload)));
  }
  return columns;
}

}  // namespace nfstream
