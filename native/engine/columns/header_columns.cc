// What the headers of IP and ICMP tell: time to live, kinds of messages.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"src2dst", "dst2src"};

void add_ttl(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  const auto has_packets = [](const FlowView& view, int of) { return view.flow.packets[of] > 0; };
  columns.push_back(
      nullable(integer_column(
                   name + "_min_ttl", [](const FlowView& view, int of) -> int64_t { return view.layout.ttl(view.flow).min[of]; }, direction, only(Track::ttl)),
               has_packets));
  columns.push_back(
      nullable(integer_column(
                   name + "_max_ttl", [](const FlowView& view, int of) -> int64_t { return view.layout.ttl(view.flow).max[of]; }, direction, only(Track::ttl)),
               has_packets));
}

}  // namespace

std::vector<Column> header_columns() {
  std::vector<Column> columns;
  for (int direction = 0; direction < 2; direction++) add_ttl(columns, direction);
  const auto is_known = [](const FlowView& view, int) { return view.layout.icmp(view.flow).known; };
  columns.push_back(nullable(
      integer_column("icmp_type", [](const FlowView& view, int) -> int64_t { return view.layout.icmp(view.flow).type; }, 0, only(Track::icmp)), is_known));
  columns.push_back(nullable(
      integer_column("icmp_code", [](const FlowView& view, int) -> int64_t { return view.layout.icmp(view.flow).code; }, 0, only(Track::icmp)), is_known));
  return columns;
}

}  // namespace nfstream
