// What a run keeps of each flow because its columns ask for it.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/metrics/metric_set.h"
#include "engine/packet.h"
#include "engine/time_unit.h"
#include "engine/track/record_layout.h"

namespace nfstream {

// A packet that its flow's record counts already.
struct CountedPacket {
  const PacketRecord& packet;
  const uint8_t* bytes;  // its captured bytes
  int direction;         // 0 source to destination, 1 back
  uint32_t size;         // as the accounting mode counts
  uint64_t number;       // among all packets that were fed, from 1
  uint64_t source;       // where it came from: a number for the capture's name
  int64_t time_ns;
  int64_t before_ns;            // the flow's packet before it; its own time for the first
  int64_t direction_before_ns;  // the direction's packet before it; its own time for the first
};

struct TrackOptions {
  TrackSet tracks = no_track;
  TimeUnit unit = TimeUnit::ms;
  uint16_t splt = 0;
  uint32_t payload = 0;  // bytes kept of each direction
  int64_t activity_timeout_ns = 5000000000;
  TcpExpiry tcp_expiry = TcpExpiry::none;
  uint64_t freeze_after = 0;
  bool every_hello = false;                  // also of flows whose server's name is known
  unsigned dissections = 0;                  // packets of a flow that its dissection may see
  std::shared_ptr<const MetricSet> metrics;  // null without any

  RecordLayout layout() const { return RecordLayout(tracks, metrics == nullptr ? 0 : metrics->bytes()); }
};

class FlowTracks {
 public:
  explicit FlowTracks(const TrackOptions& options) : options_(options), counted_(options.tracks & ~only(Track::client_hello)), layout_(options.layout()) {}

  const RecordLayout& layout() const { return layout_; }
  // False when there is no memory. May find that the flow is closed, and may freeze it.
  bool count(FlowRecord& flow, const CountedPacket& packet) const {
    return (counted_ == no_track && options_.metrics == nullptr) || count_tracks(flow, packet);
  }
  // Takes a packet of a flow that is frozen. May find that the flow is closed.
  void count_beyond(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction, int64_t time_ns) const;
  // Looks for the flow's hello in a packet that count() has seen, after its dissection. Most packets have nothing that may begin one.
  void find_hello(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) const {
    if (!layout_.has(Track::client_hello)) return;
    const uint64_t packets = packets_of(flow);
    if (packets > most_hello_packets) return;
    // The dissection has found it.
    if (!options_.every_hello && flow.hello_known.get()) return layout_.client_hello(flow).release();
    if (packet.payload_size > 0 || (packet.tcp_flags & tcp_syn) != 0) search_hello(flow, packet, bytes, direction);
    if (packets == most_hello_packets) end_search(flow);
  }
  // The flow is the next piece of a connection that the active timeout has cut.
  void go_on(const FlowRecord& before, FlowRecord& flow) const;
  // Nothing more is looked for in the flow.
  void end_search(FlowRecord& flow) const {
    if (!layout_.has(Track::client_hello)) return;
    layout_.client_hello(flow).finish();
    layout_.client_hello(flow).give_up();
  }
  // The flow has ended.
  void finish(FlowRecord& flow) const {
    if (layout_.has(Track::identity)) layout_.identity(flow).finish(flow);
  }
  // Frees what the tracks own.
  void release(FlowRecord& flow) const;

 private:
  bool count_tracks(FlowRecord& flow, const CountedPacket& packet) const;
  // TLS may begin within a connection (STARTTLS, a proxy, DTLS behind STUN), but not late; SSH begins at once.
  static constexpr uint64_t most_hello_packets = 64;

  static void add_squares(PieceSums& sums, const FlowRecord& flow, const CountedPacket& packet, int64_t gap, int64_t direction_gap);
  void identify(FlowRecord& flow, const CountedPacket& packet) const;
  void note_headers(FlowRecord& flow, const CountedPacket& packet) const;
  void note_activity(FlowRecord& flow, const CountedPacket& packet) const;
  // Those that came after it was frozen, too.
  uint64_t packets_of(const FlowRecord& flow) const { return flow.total_packets() + (layout_.has(Track::beyond) ? layout_.beyond(flow).packets : 0); }
  void note_periods(PiecePeriods& periods, const Activity& activity, const CountedPacket& packet) const;
  void read_key_exchange(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) const;
  void count_segment(FlowRecord& flow, const CountedPacket& packet) const;
  void close_by(FlowRecord& flow, const TcpSegment& segment, int direction) const;
  bool count_metrics(FlowRecord& flow, const CountedPacket& packet) const;
  void search_hello(FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) const;

  TrackOptions options_;
  TrackSet counted_;  // those that count() serves
  RecordLayout layout_;
};

}  // namespace nfstream
