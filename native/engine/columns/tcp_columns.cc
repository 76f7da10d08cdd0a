// What became of a connection, how well its segments came through, and the windows that its ends offered.
#include <cstring>

#include "engine/columns/column_table.h"
#include "engine/columns/syn_text.h"
#include "engine/track/server_ports.h"

namespace nfstream {

namespace {

constexpr const char* directions[] = {"src2dst", "dst2src"};
constexpr TrackSet state = only(Track::tcp_state);
constexpr TrackSet quality = only(Track::tcp_quality);
constexpr uint8_t protocol_udp = 17;

bool is_tcp(const FlowView& view) { return view.flow.key.protocol() == protocol_tcp; }
bool is_udp(const FlowView& view) { return view.flow.key.protocol() == protocol_udp; }

uint16_t port(const FlowView& view, int end) { return view.flow.key.port(view.flow.source_is_larger == (end == 0)); }

// Sent to 255.255.255.255, which never answers.
bool is_broadcast(const FlowView& view) {
  constexpr uint8_t all[4] = {255, 255, 255, 255};
  return view.flow.key.ip_version() == 4 && std::memcmp(view.flow.key.address(!view.flow.source_is_larger), all, sizeof all) == 0;
}

// Which end Zeek takes for the originator.
int originator(const FlowView& view) {
  if (is_tcp(view)) return view.layout.tcp_state(view.flow).originator();
  const bool from_server = is_udp(view) && is_likely_udp_server(port(view, 0)) && !is_likely_udp_server(port(view, 1));
  return from_server && !is_broadcast(view) ? 1 : 0;
}

const char* conn_state(const FlowView& view) {
  if (is_tcp(view)) return view.layout.tcp_state(view.flow).conn_state();
  if (!is_udp(view)) return "OTH";
  if (view.flow.packets[1] > 0) return "SF";
  return originator(view) == 0 ? "S0" : "SHR";
}

bool has_history(const FlowView& view, int) { return is_udp(view) || (is_tcp(view) && !view.layout.tcp_state(view.flow).history().empty()); }

void history(const FlowView& view, int, std::string& out) {
  if (is_tcp(view)) {
    out.append(view.layout.tcp_state(view.flow).history());
  } else {
    const bool flipped = originator(view) != 0;
    out.append(flipped ? "^d" : "D");
    if (view.flow.packets[1] > 0) out.push_back(flipped ? 'D' : 'd');
  }
}

bool has_quality(const FlowView& view, int) { return is_tcp(view); }

const TcpOffer& offer(const FlowView& view, int direction) { return view.layout.tcp_window(view.flow).offers[direction]; }

void add_windows(std::vector<Column>& columns, int direction) {
  const std::string name = directions[direction];
  using Fill = int64_t (*)(const FlowView&, int);
  using Present = bool (*)(const FlowView&, int);
  const auto add = [&](const char* what, Fill fill, Present present) {
    columns.push_back(nullable(integer_column(name + what, fill, direction, only(Track::tcp_window)), present));
  };
  const auto has_window = [](const FlowView& view, int of) { return offer(view, of).has_window; };
  add(
      "_initial_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).initial_window; },
      [](const FlowView& view, int of) { return offer(view, of).has_syn; });
  add("_min_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).min_window; }, has_window);
  add("_max_window", [](const FlowView& view, int of) -> int64_t { return offer(view, of).max_window; }, has_window);
  add(
      "_window_scale", [](const FlowView& view, int of) -> int64_t { return offer(view, of).shift; },
      [](const FlowView& view, int of) { return offer(view, of).has_shift; });
  add(
      "_mss", [](const FlowView& view, int of) -> int64_t { return offer(view, of).mss; },
      [](const FlowView& view, int of) { return offer(view, of).has_mss; });
}

void add_options(std::vector<Column>& columns, int direction) {
  columns.push_back(nullable(text_column(
                                 std::string(directions[direction]) + "_tcp_options",
                                 [](const FlowView& view, int of, std::string& out) {
                                   const SynOptions& side = view.layout.tcp_syn(view.flow).sides[of];
                                   append_tcp_options(out, side.bytes, side.size);
                                 },
                                 direction, only(Track::tcp_syn)),
                             [](const FlowView& view, int of) { return view.layout.tcp_syn(view.flow).sides[of].known; }));
}

double told_in_unit(const FlowView& view, int64_t ns) { return static_cast<double>(ns) / static_cast<double>(view.format.unit); }

void add_round_trips(std::vector<Column>& columns) {
  constexpr TrackSet needed = only(Track::tcp_rtt);
  columns.push_back(
      nullable(real_column(
                   "tcp_rtt_client", [](const FlowView& view, int) { return told_in_unit(view, view.layout.tcp_rtt(view.flow).client_ns); }, 0, needed),
               [](const FlowView& view, int) { return view.layout.tcp_rtt(view.flow).has_client; }));
  columns.push_back(
      nullable(real_column(
                   "tcp_rtt_server", [](const FlowView& view, int) { return told_in_unit(view, view.layout.tcp_rtt(view.flow).server_ns); }, 0, needed),
               [](const FlowView& view, int) { return view.layout.tcp_rtt(view.flow).has_server; }));
}

}  // namespace

std::vector<Column> tcp_columns() {
  std::vector<Column> columns = {
      closed(text_column(
                 "tcp_state", [](const FlowView& view, int, std::string& out) { out.append(conn_state(view)); }, 0, state),
             [](const Dissector*) -> std::vector<std::string> {
               return {"S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"};
             }),
      nullable(text_column("tcp_history", history, 0, state), has_history),
      closed(text_column(
                 "tcp_originator", [](const FlowView& view, int, std::string& out) { out.append(originator(view) == 0 ? "src" : "dst"); }, 0, state),
             [](const Dissector*) -> std::vector<std::string> { return {"src", "dst"}; }),
  };
  for (int direction = 0; direction < 2; direction++) {
    const std::string name = directions[direction];
    columns.push_back(
        nullable(integer_column(
                     name + "_retransmissions", [](const FlowView& view, int of) -> int64_t { return view.layout.tcp_quality(view.flow).retransmissions[of]; },
                     direction, quality),
                 has_quality));
    columns.push_back(
        nullable(integer_column(
                     name + "_out_of_order", [](const FlowView& view, int of) -> int64_t { return view.layout.tcp_quality(view.flow).out_of_order[of]; },
                     direction, quality),
                 has_quality));
  }
  for (int direction = 0; direction < 2; direction++) add_windows(columns, direction);
  for (int direction = 0; direction < 2; direction++) add_options(columns, direction);
  add_round_trips(columns);
  return columns;
}

}  // namespace nfstream
