// What CICFlowMeter's features need besides a flow's statistics.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"bidirectional_", "src2dst_", "dst2src_"};
constexpr TrackSet needed = only(Track::cic);

const CicFeatures& features(const FlowView& view) { return view.layout.cic(view.flow); }
const Moments& payloads(const FlowView& view, int direction) { return features(view).payloads[direction]; }

uint64_t packets_of(const FlowView& view, int direction) { return direction == 0 ? view.flow.total_packets() : view.flow.packets[direction - 1]; }

int64_t payload_bytes(const FlowView& view, int direction) {
  const uint64_t* bytes = features(view).payload_bytes;
  return static_cast<int64_t>(direction == 0 ? bytes[0] + bytes[1] : bytes[direction - 1]);
}

void add_payload(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  columns.push_back(integer_column(name + "payload_bytes", payload_bytes, direction, needed));
  columns.push_back(integer_column(name + "min_payload_ps", [](const FlowView& view, int of) { return payloads(view, of).min; }, direction, needed));
  columns.push_back(real_column(name + "mean_payload_ps", [](const FlowView& view, int of) { return payloads(view, of).mean; }, direction, needed));
  columns.push_back(real_column(
      name + "stddev_payload_ps", [](const FlowView& view, int of) { return payloads(view, of).deviation(packets_of(view, of)); }, direction, needed));
  columns.push_back(integer_column(name + "max_payload_ps", [](const FlowView& view, int of) { return payloads(view, of).max; }, direction, needed));
}

void add_direction(std::vector<Column>& columns, int direction) {
  const std::string name = directions[1 + direction];
  const auto add = [&](const char* what, int64_t (*fill)(const FlowView&, int)) {
    columns.push_back(integer_column(name + what, fill, direction, needed));
    return &columns.back();
  };
  add("bulks", [](const FlowView& view, int of) { return static_cast<int64_t>(features(view).bulks[of].count); });
  add("bulk_packets", [](const FlowView& view, int of) { return static_cast<int64_t>(features(view).bulks[of].packets); });
  add("bulk_bytes", [](const FlowView& view, int of) { return static_cast<int64_t>(features(view).bulks[of].bytes); });
  add("bulk_duration", [](const FlowView& view, int of) { return in_unit(features(view).bulks[of].duration_ns, view.format.unit); });
  add("transport_header_bytes", [](const FlowView& view, int of) { return static_cast<int64_t>(features(view).header_bytes[of]); });
  add("min_transport_header_bytes", [](const FlowView& view, int of) { return int64_t{features(view).min_header[of]}; });
  add("first_window", [](const FlowView& view, int of) { return int64_t{features(view).first_window[of]}; })->present = [](const FlowView& view, int of) {
    return features(view).has_window[of];
  };
}

}  // namespace

std::vector<Column> cic_columns() {
  std::vector<Column> columns;
  for (int direction = 0; direction < 3; direction++) add_payload(columns, direction);
  for (int direction = 0; direction < 2; direction++) add_direction(columns, direction);
  columns.push_back(integer_column("subflows", [](const FlowView& view, int) { return static_cast<int64_t>(features(view).pauses + 1); }, 0, needed));
  return columns;
}

}  // namespace nfstream
