// What the headers of IP and ICMP, and the tags before them, tell.
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

template <class Item>
void append_stack(std::string& out, const Item* items, uint8_t count) {
  for (uint8_t i = 0; i < count; i++) out.append(i == 0 ? "" : ";").append(std::to_string(items[i]));
}

void add_tags(std::vector<Column>& columns) {
  columns.push_back(nullable(text_column(
                                 "vlan_ids",
                                 [](const FlowView& view, int, std::string& out) {
                                   const FlowTags& tags = view.layout.tags(view.flow);
                                   append_stack(out, tags.vlans, tags.vlan_count);
                                 },
                                 0, only(Track::tags)),
                             [](const FlowView& view, int) { return view.layout.tags(view.flow).vlan_count > 0; }));
  columns.push_back(nullable(text_column(
                                 "mpls_labels",
                                 [](const FlowView& view, int, std::string& out) {
                                   const FlowTags& tags = view.layout.tags(view.flow);
                                   append_stack(out, tags.labels, tags.label_count);
                                 },
                                 0, only(Track::tags)),
                             [](const FlowView& view, int) { return view.layout.tags(view.flow).label_count > 0; }));
}

void add_sums(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  columns.push_back(integer_column(
      name + "_ip_fragments", [](const FlowView& view, int of) { return static_cast<int64_t>(view.layout.fragments(view.flow).packets[of]); }, direction,
      only(Track::fragments)));
  columns.push_back(nullable(
      integer_column(
          name + "_ip_dscp", [](const FlowView& view, int of) -> int64_t { return view.layout.dscp(view.flow).code_point[of]; }, direction, only(Track::dscp)),
      [](const FlowView& view, int of) { return view.flow.packets[of] > 0; }));
  columns.push_back(integer_column(
      name + "_header_bytes", [](const FlowView& view, int of) { return static_cast<int64_t>(view.layout.headers(view.flow).bytes[of]); }, direction,
      only(Track::headers)));
  columns.push_back(integer_column(
      name + "_payload_packets", [](const FlowView& view, int of) { return static_cast<int64_t>(view.layout.headers(view.flow).payload_packets[of]); },
      direction, only(Track::headers)));
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
  add_tags(columns);
  for (int direction = 0; direction < 2; direction++) add_sums(columns, direction);
  return columns;
}

}  // namespace nfstream
