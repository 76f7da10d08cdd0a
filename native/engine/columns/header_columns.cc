// What the headers of the IP, ICMP and TCP layers offer: time to live, kinds of messages, windows and options.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"src2dst", "dst2src"};

const TcpOffer& offer(const FlowView& view, int direction) { return view.layout.tcp_window(view.flow).offers[direction]; }

void add_ttl(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  const auto has_packets = [](const FlowView& view, int of) { return view.flow.packets[of] > 0; };
  columns.push_back(nullable(integer_column(name + "_min_ttl", [](const FlowView& view, int of) -> int64_t {
    return view.layout.ttl(view.flow).min[of];
  }, direction, only(Facet::ttl)), has_packets));
  columns.push_back(nullable(integer_column(name + "_max_ttl", [](const FlowView& view, int of) -> int64_t {
    return view.layout.ttl(view.flow).max[of];
  }, direction, only(Facet::ttl)), has_packets));
}

void add_windows(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  using Fill = int64_t (*)(const FlowView&, int);
  using Present = bool (*)(const FlowView&, int);
  const auto add = [&](const char* what, Fill fill, Present present) {
    columns.push_back(nullable(integer_column(name + what, fill, direction, only(Facet::tcp_window)), present));
  };
  const auto has_window = [](const FlowView& view, int of) { return offer(view, of).has_window; };
  add("_initial_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).initial_window; },
      [](const FlowView& view, int of) { return offer(view, of).has_syn; });
  add("_min_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).min_window; }, has_window);
  add("_max_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).max_window; }, has_window);
  add("_window_scale", [](const FlowView& view, int of) -> int64_t { return offer(view, of).shift; },
      [](const FlowView& view, int of) { return offer(view, of).has_shift; });
  add("_mss", [](const FlowView& view, int of) -> int64_t { return offer(view, of).mss; },
      [](const FlowView& view, int of) { return offer(view, of).has_mss; });
}

}  // namespace

std::vector<Column> header_columns() {
  std::vector<Column> columns;
  for (int direction = 0; direction < 2; direction++) add_windows(columns, direction);
  for (int direction = 0; direction < 2; direction++) add_ttl(columns, direction);
  const auto is_known = [](const FlowView& view, int) { return view.layout.icmp(view.flow).known; };
  columns.push_back(nullable(integer_column("icmp_type", [](const FlowView& view, int) -> int64_t { return view.layout.icmp(view.flow).type; }, 0, only(Facet::icmp)), is_known));
  columns.push_back(nullable(integer_column("icmp_code", [](const FlowView& view, int) -> int64_t { return view.layout.icmp(view.flow).code; }, 0, only(Facet::icmp)), is_known));
  return columns;
}

}  // namespace nfstream
