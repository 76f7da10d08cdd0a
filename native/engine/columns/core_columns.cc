// Who talked to whom, when, and how much: the columns that every run has.
#include "engine/columns/column_table.h"
#include "engine/columns/end_reason.h"
#include "engine/columns/format.h"

namespace nfstream {

namespace {

// Of a direction: 0 both, 1 source to destination, 2 back.
int64_t first_ns(const FlowView& view, int direction) { return direction == 0 ? view.flow.first_seen_ns() : view.flow.first_ns[direction - 1]; }
int64_t last_ns(const FlowView& view, int direction) { return direction == 0 ? view.flow.last_seen_ns() : view.flow.last_ns[direction - 1]; }

bool has_packets(const FlowView& view, int direction) { return direction == 0 || view.flow.packets[direction - 1] > 0; }

int64_t duration(const FlowView& view, int direction) {
  return in_unit(last_ns(view, direction), view.format.unit) - in_unit(first_ns(view, direction), view.format.unit);
}

int64_t of_direction(const uint64_t* values, int direction) { return static_cast<int64_t>(direction == 0 ? values[0] + values[1] : values[direction - 1]); }

// The first releases' times: milliseconds with a fraction of whole microseconds.
double fractional_ms(int64_t ns) {
  const int64_t us = ns / 1000;
  const int64_t seconds = us / 1000000;
  return static_cast<double>(seconds * 1000) + static_cast<double>(us % 1000000) / 1000.0;
}

// An end of the flow: 0 its source, 1 its destination.
bool is_larger(const FlowView& view, int end) { return view.flow.source_is_larger == (end == 0); }
void address(const FlowView& view, int end, std::string& out) { append_ip(out, view.flow.key.address(is_larger(view, end)), view.flow.key.ip_version()); }
const uint8_t* mac_of(const FlowView& view, int end) { return end == 0 ? view.flow.source_mac : view.flow.destination_mac; }
void mac(const FlowView& view, int end, std::string& out) { append_mac(out, mac_of(view, end), 6); }
void oui(const FlowView& view, int end, std::string& out) { append_mac(out, mac_of(view, end), 3); }
int64_t port(const FlowView& view, int end) { return view.flow.key.port(is_larger(view, end)); }

}  // namespace

std::vector<Column> core_columns() {
  std::vector<Column> columns = {
      // Those that have not ended have no number in the order in which flows end.
      integer_column("id", [](const FlowView& view, int) { return view.reason == EndReason::snapshot ? -1 : static_cast<int64_t>(view.id); }),
      integer_column("expiration_id", [](const FlowView& view, int) -> int64_t { return codes_of(view.reason).expiration_id; }),
      integer_column("export_reason",
                     [](const FlowView& view, int) -> int64_t {
                       return view.reason == EndReason::custom ? view.flow.custom_reason : codes_of(view.reason).export_reason;
                     }),
      closed(text_column("end_reason", [](const FlowView& view, int, std::string& out) { out.append(codes_of(view.reason).name); }),
             [](const Dissector*) {
               std::vector<std::string> all;
               for (const EndReasonCodes& codes : end_reasons) all.emplace_back(codes.name);
               return all;
             }),
      integer_column("protocol", [](const FlowView& view, int) -> int64_t { return view.flow.key.protocol(); }),
      integer_column("ip_version", [](const FlowView& view, int) -> int64_t { return view.flow.key.ip_version(); }),
      integer_column("vlan_id", [](const FlowView& view, int) -> int64_t { return view.flow.key.fields().vlan_id(); }),
      integer_column("tunnel_id", [](const FlowView& view, int) -> int64_t { return view.flow.key.fields().tunnel_id(); }),
      integer_column("tunnel_vni", [](const FlowView& view, int) -> int64_t { return view.flow.key.tunnel_vni(); }),
      real_column("start_time", [](const FlowView& view, int) { return fractional_ms(view.flow.first_seen_ns()); }),
      real_column("end_time", [](const FlowView& view, int) { return fractional_ms(view.flow.last_seen_ns()); }),
  };
  constexpr const char* ends[] = {"src", "dst"};
  for (int end = 0; end < 2; end++) {
    const std::string name = ends[end];
    columns.push_back(text_column(name + "_ip", address, end));
    columns.push_back(text_column(name + "_mac", mac, end));
    columns.push_back(text_column(name + "_oui", oui, end));
    columns.push_back(integer_column(name + "_port", port, end));
  }
  constexpr const char* directions[] = {"bidirectional", "src2dst", "dst2src"};
  for (int direction = 0; direction < 3; direction++) {
    const std::string name = directions[direction];
    columns.push_back(time_column(name + "_first_seen", first_ns, has_packets, direction));
    columns.push_back(time_column(name + "_last_seen", last_ns, has_packets, direction));
    columns.push_back(integer_column(name + "_duration", duration, direction));
    columns.push_back(integer_column(name + "_packets", [](const FlowView& view, int of) { return of_direction(view.flow.packets, of); }, direction));
    columns.push_back(integer_column(name + "_bytes", [](const FlowView& view, int of) { return of_direction(view.flow.bytes, of); }, direction));
  }
  return columns;
}

}  // namespace nfstream
