#include "engine/meter/flow_tracks.h"

#include <algorithm>

#include "engine/decode/decode.h"
#include "engine/meter/transport_bytes.h"

namespace nfstream {

namespace {

constexpr TrackSet of_tcp =
    only(Track::tcp_state) | only(Track::tcp_quality) | only(Track::tcp_window) | only(Track::tcp_closing) | only(Track::tcp_syn) | only(Track::tcp_rtt);
// Kept of headers and payload sizes: asked for in one question, since most runs have none.
constexpr TrackSet of_headers = only(Track::tags) | only(Track::fragments) | only(Track::dscp) | only(Track::headers) | only(Track::cic);

}  // namespace

bool FlowTracks::count_tracks(FlowRecord& flow, const CountedPacket& packet) const {
  if (options_.metrics != nullptr && !count_metrics(flow, packet)) return false;
  const auto since = [&, time = in_unit(packet.time_ns, options_.unit)](int64_t before_ns) { return time - in_unit(before_ns, options_.unit); };
  if (layout_.has(Track::statistics)) {
    const int64_t gap = since(packet.before_ns);
    const int64_t direction_gap = packet.direction_before_ns == packet.before_ns ? gap : since(packet.direction_before_ns);
    if (!layout_.statistics(flow).count(flow, packet.direction, packet.size, gap, direction_gap, packet.packet.tcp_flags)) return false;
  }
  if ((counted_ & ~only(Track::statistics)) == no_track) return true;
  if (layout_.has(Track::piece_sums)) add_squares(layout_.piece_sums(flow), flow, packet, since(packet.before_ns), since(packet.direction_before_ns));
  if (layout_.has(Track::splt)) {
    // A list's item has 32 bits; no frame has 2 GiB, whatever its record claims.
    const SpltPacket entry{since(packet.before_ns), static_cast<int32_t>(std::min<uint32_t>(packet.size, INT32_MAX)), static_cast<int8_t>(packet.direction)};
    if (!layout_.splt(flow).add(entry, options_.splt)) return false;
  }
  if (layout_.has(Track::identity) && flow.total_packets() == 1) identify(flow, packet);
  if (layout_.has(Track::activity)) note_activity(flow, packet);
  if (layout_.has(Track::payload) && layout_.payload(flow).size[packet.direction] < options_.payload) {
    const TransportBytes payload = payload_of(packet.packet, packet.bytes);
    if (!layout_.payload(flow).add(packet.direction, payload.bytes, payload.size, options_.payload)) return false;
  }
  if (layout_.has(Track::key_exchange) && packets_of(flow) <= most_hello_packets) {
    read_key_exchange(flow, packet.packet, packet.bytes, packet.direction);
  }
  if ((options_.tracks & of_tcp) != no_track) count_segment(flow, packet);
  if (layout_.has(Track::ttl)) layout_.ttl(flow).count(flow, packet.packet, packet.bytes, packet.direction);
  if (layout_.has(Track::icmp)) layout_.icmp(flow).count(flow, packet.packet, packet.bytes);
  if ((options_.tracks & of_headers) != no_track) note_headers(flow, packet);
  if (layout_.has(Track::beyond) && flow.total_packets() >= options_.freeze_after) {
    flow.counting = Counting::frozen;
    layout_.beyond(flow).heard_ns = packet.time_ns;
  }
  return true;
}

void FlowTracks::note_headers(FlowRecord& flow, const CountedPacket& packet) const {
  const int direction = packet.direction;
  if (layout_.has(Track::tags) && flow.total_packets() == 1) note_tags(packet.bytes, packet.packet, layout_.tags(flow));
  if (layout_.has(Track::fragments)) layout_.fragments(flow).packets[direction] += is_fragment(packet.bytes, packet.packet);
  if (layout_.has(Track::dscp)) layout_.dscp(flow).count(flow, packet.packet, packet.bytes, direction);
  if (layout_.has(Track::headers)) layout_.headers(flow).count(packet.packet, direction);
  if (layout_.has(Track::cic)) layout_.cic(flow).count(flow, packet.packet, packet.bytes, direction, packet.time_ns, packet.before_ns);
}

void FlowTracks::count_beyond(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction, int64_t time_ns) const {
  layout_.beyond(flow).packets++;
  layout_.beyond(flow).heard_ns = time_ns;
  if (layout_.has(Track::key_exchange) && packets_of(flow) <= most_hello_packets) read_key_exchange(flow, packet, bytes, direction);
  TcpSegment segment;
  if (layout_.has(Track::tcp_closing) && read_tcp_segment(packet, bytes, segment)) close_by(flow, segment, direction);
}

bool FlowTracks::count_metrics(FlowRecord& flow, const CountedPacket& packet) const {
  const int64_t time = in_unit(packet.time_ns, options_.unit);
  return options_.metrics->count(layout_.metrics(flow), {packet.packet, packet.bytes, packet.direction, packet.size, packet.number, flow.total_packets(), time,
                                                         time - in_unit(packet.before_ns, options_.unit)});
}

void FlowTracks::add_squares(PieceSums& sums, const FlowRecord& flow, const CountedPacket& packet, int64_t gap, int64_t direction_gap) {
  sums.sizes[packet.direction].add(packet.size);
  if (flow.total_packets() > 1) sums.gaps[0].add(gap);
  if (flow.packets[packet.direction] > 1) sums.gaps[1 + packet.direction].add(direction_gap);
}

void FlowTracks::identify(FlowRecord& flow, const CountedPacket& packet) const {
  Identity& identity = layout_.identity(flow);
  identity.source = packet.source;
  const TransportStart start = transport_start(packet.packet, packet.bytes);
  identity.has_ports = start.known;
  identity.ports[0] = start.first;
  identity.ports[1] = start.second;
}

void FlowTracks::go_on(const FlowRecord& before, FlowRecord& flow) const {
  if (!layout_.has(Track::identity)) return;
  Identity& identity = layout_.identity(flow);
  identity = layout_.identity(before);
  identity.part++;
}

// A gap that is longer than the timeout ends an active period and is an idle one.
void FlowTracks::note_activity(FlowRecord& flow, const CountedPacket& packet) const {
  Activity& activity = layout_.activity(flow);
  if (flow.total_packets() == 1) activity.began_ns = packet.time_ns;
  if (packet.time_ns - packet.before_ns <= options_.activity_timeout_ns) return;
  if (layout_.has(Track::piece_periods)) note_periods(layout_.piece_periods(flow), activity, packet);
  activity.idle.add(in_unit(packet.time_ns, options_.unit) - in_unit(packet.before_ns, options_.unit), ++activity.idle_periods);
  // A single packet is no period.
  if (packet.before_ns > activity.began_ns) {
    activity.active.add(in_unit(packet.before_ns, options_.unit) - in_unit(activity.began_ns, options_.unit), ++activity.active_periods);
  }
  activity.began_ns = packet.time_ns;
}

// Of the first active period only the end is kept; a single packet is no period.
void FlowTracks::note_periods(PiecePeriods& periods, const Activity& activity, const CountedPacket& packet) const {
  if (periods.idle.count == 0) periods.first_ended_ns = packet.before_ns;
  else if (packet.before_ns > activity.began_ns) periods.active.add(in_unit(packet.before_ns, options_.unit) - in_unit(activity.began_ns, options_.unit));
  periods.idle.add(in_unit(packet.time_ns, options_.unit) - in_unit(packet.before_ns, options_.unit));
}

void FlowTracks::read_key_exchange(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) const {
  ssh::HasshSearch& search = layout_.key_exchange(flow);
  const TransportBytes transport = transport_of(packet, bytes);
  if (packet.protocol == protocol_tcp) search.add(direction, {transport.bytes, transport.size});
  if (packets_of(flow) == most_hello_packets) search.give_up();
}

void FlowTracks::count_segment(FlowRecord& flow, const CountedPacket& packet) const {
  TcpSegment segment;
  if (!read_tcp_segment(packet.packet, packet.bytes, segment)) return;
  const int direction = packet.direction;
  if (layout_.has(Track::tcp_state)) layout_.tcp_state(flow).count(segment, direction, packet.packet.src_port, packet.packet.dst_port);
  if (layout_.has(Track::tcp_quality)) layout_.tcp_quality(flow).count(segment, direction, packet.time_ns);
  if (layout_.has(Track::piece_windows)) layout_.piece_windows(flow).count(layout_.tcp_window(flow), segment, direction);
  if (layout_.has(Track::tcp_window)) layout_.tcp_window(flow).count(segment, direction);
  if (layout_.has(Track::tcp_syn)) layout_.tcp_syn(flow).count(segment, direction);
  if (layout_.has(Track::tcp_rtt)) layout_.tcp_rtt(flow).count(segment, direction, packet.time_ns);
  if (layout_.has(Track::tcp_closing)) close_by(flow, segment, direction);
}

void FlowTracks::close_by(FlowRecord& flow, const TcpSegment& segment, int direction) const {
  if (flow.closed_by == EndReason::idle) flow.closed_by = layout_.tcp_closing(flow).count(segment, direction, options_.tcp_expiry);
}

void FlowTracks::search_hello(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) const {
  tls::HelloSearch& search = layout_.client_hello(flow);
  const TransportBytes payload = payload_of(packet, bytes);
  if ((packet.tcp_flags & tcp_syn) == 0 && (payload.size == 0 || !search.wants(packet.protocol, direction, *payload.bytes))) return;
  const TransportBytes transport = transport_of(packet, bytes);
  // By number, since a dissection that is under way on another thread may be over or not.
  const bool may_wait = !options_.every_hello && packets_of(flow) <= options_.dissections;
  search.add(packet.protocol, direction, {transport.bytes, transport.size}, {options_.every_hello, may_wait});
}

void FlowTracks::release(FlowRecord& flow) const {
  if (options_.metrics != nullptr) options_.metrics->release(layout_.metrics(flow));
  if (layout_.has(Track::statistics)) layout_.statistics(flow).release();
  if (layout_.has(Track::splt)) layout_.splt(flow).release();
  if (layout_.has(Track::payload)) layout_.payload(flow).release();
  if (layout_.has(Track::client_hello)) layout_.client_hello(flow).release();
  if (layout_.has(Track::key_exchange)) layout_.key_exchange(flow).give_up();
  if (layout_.has(Track::process)) layout_.process(flow).release();
}

}  // namespace nfstream
