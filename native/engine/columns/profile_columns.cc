// How a flow behaves: its rates, its active and idle periods, and what its payload looks like.
#include <algorithm>

#include "engine/columns/column_table.h"
#include "engine/columns/entropy.h"
#include "engine/columns/format.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"bidirectional", "src2dst", "dst2src"};

// Seconds between the first packet of a direction and its last.
double seconds(const FlowView& view, int direction) {
  const FlowRecord& flow = view.flow;
  const int64_t first = direction == 0 ? flow.first_seen_ns() : flow.first_ns[direction - 1];
  const int64_t last = direction == 0 ? flow.last_seen_ns() : flow.last_ns[direction - 1];
  return static_cast<double>(last - first) / 1e9;
}

bool has_duration(const FlowView& view, int direction) { return seconds(view, direction) > 0; }

double rate(const FlowView& view, const uint64_t* counts, int direction) {
  const uint64_t count = direction == 0 ? counts[0] + counts[1] : counts[direction - 1];
  return static_cast<double>(count) / seconds(view, direction);
}

// The period under way at the flow's end counts, unless it is a single packet.
struct Periods {
  Moments moments;
  uint64_t count;
};
Periods active_periods(const FlowView& view) {
  const Activity& activity = view.layout.activity(view.flow);
  Periods periods{activity.active, activity.active_periods};
  const int64_t last = view.flow.last_seen_ns();
  if (last > activity.began_ns) periods.moments.add(in_unit(last, view.format.unit) - in_unit(activity.began_ns, view.format.unit), ++periods.count);
  return periods;
}
Periods idle_periods(const FlowView& view) {
  const Activity& activity = view.layout.activity(view.flow);
  return {activity.idle, activity.idle_periods};
}

// Of a piece, from exact sums, so that it makes no difference into how many pieces a flow was cut.
PeriodSums exact_periods(const FlowView& view, int idle) {
  const PiecePeriods& periods = view.layout.piece_periods(view.flow);
  if (idle == 1) return periods.idle;
  PeriodSums active = periods.active;
  const auto add = [&](int64_t began, int64_t ended) {
    if (ended > began) active.add(in_unit(ended, view.format.unit) - in_unit(began, view.format.unit));
  };
  if (periods.idle.count > 0) add(view.flow.first_seen_ns(), periods.first_ended_ns);
  add(view.layout.activity(view.flow).began_ns, view.flow.last_seen_ns());
  return active;
}
bool is_piece(const FlowView& view) { return view.layout.has(Track::piece_periods); }

// The argument of a period's column: 1 for idle ones.
Periods periods_of(const FlowView& view, int idle) { return idle == 1 ? idle_periods(view) : active_periods(view); }
bool has_periods(const FlowView& view, int idle) { return periods_of(view, idle).count > 0; }

uint32_t bytes_for(const FlowView& view, int direction, uint32_t most) { return std::min(view.layout.payload(view.flow).size[direction], most); }

void payload(const FlowView& view, int direction, std::string& out) {
  append_hex(out, view.layout.payload(view.flow).bytes[direction], bytes_for(view, direction, view.format.payload));
}

bool has_entropy(const FlowView& view, int direction) { return bytes_for(view, direction, view.format.entropy) > 0; }

double entropy(const FlowView& view, int direction) {
  return entropy_of(view.layout.payload(view.flow).bytes[direction], bytes_for(view, direction, view.format.entropy));
}

void add_periods(std::vector<Column>& columns, const std::string& name, int idle) {
  constexpr TrackSet needed = only(Track::activity);
  const auto add = [&](Column column) { columns.push_back(nullable(std::move(column), has_periods)); };
  add(integer_column("min_" + name, [](const FlowView& view, int which) { return periods_of(view, which).moments.min; }, idle, needed));
  add(real_column(
      "mean_" + name, [](const FlowView& view, int which) { return is_piece(view) ? exact_periods(view, which).mean() : periods_of(view, which).moments.mean; },
      idle, needed));
  add(real_column(
      "stddev_" + name,
      [](const FlowView& view, int which) {
        if (is_piece(view)) return exact_periods(view, which).deviation();
        const Periods periods = periods_of(view, which);
        return periods.moments.deviation(periods.count);
      },
      idle, needed));
  add(integer_column("max_" + name, [](const FlowView& view, int which) { return periods_of(view, which).moments.max; }, idle, needed));
}

}  // namespace

std::vector<Column> profile_columns() {
  std::vector<Column> columns;
  for (int direction = 0; direction < 3; direction++) {
    const std::string name = directions[direction];
    columns.push_back(nullable(
        real_column(name + "_bytes_per_second", [](const FlowView& view, int of) { return rate(view, view.flow.bytes, of); }, direction), has_duration));
    columns.push_back(nullable(
        real_column(name + "_packets_per_second", [](const FlowView& view, int of) { return rate(view, view.flow.packets, of); }, direction), has_duration));
  }
  add_periods(columns, "active", 0);
  add_periods(columns, "idle", 1);
  for (int direction = 0; direction < 2; direction++) {
    const std::string name = directions[direction + 1];
    columns.push_back(text_column(name + "_payload", payload, direction, only(Track::payload)));
    columns.push_back(nullable(real_column(name + "_payload_entropy", entropy, direction, only(Track::payload)), has_entropy));
  }
  return columns;
}

}  // namespace nfstream
