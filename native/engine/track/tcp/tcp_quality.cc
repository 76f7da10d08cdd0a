#include "engine/track/tcp/tcp_quality.h"

namespace nfstream {

namespace {

constexpr int64_t reordered_within_ns = 3000000;  // where the handshake told no round trip
constexpr int64_t fast_within_ns = 20000000;

}  // namespace

void TcpQuality::begin_connection(const TcpSegment& segment, int direction, int64_t time_ns) {
  Side& own = sides_[direction];
  // A SYN with another sequence number is another connection between the same ports.
  if (segment.has(tcp_syn) && own.has_base && own.base != segment.sequence) {
    own = Side{};
    if (segment.is_first_syn()) {
      sides_[1 - direction] = Side{};
      round_trip_ns_ = 0;
    }
  }
  if (segment.is_first_syn()) syn_ns_ = time_ns;
  for (int side = 0; side < 2; side++) {
    if (sides_[side].has_base || (side != direction && !segment.has(tcp_ack))) continue;
    sides_[side].has_base = true;
    sides_[side].base = side != direction ? segment.acknowledged - 1 : segment.has(tcp_syn) ? segment.sequence : segment.sequence - 1;
  }
  // The answer to the SYN-ACK.
  const bool third =
      segment.has(tcp_ack) && !segment.has(tcp_syn) && segment.sequence == own.base + 1 && segment.acknowledged == sides_[1 - direction].base + 1;
  if (third && syn_ns_ != 0 && round_trip_ns_ == 0) round_trip_ns_ = time_ns - syn_ns_;
}

TcpQuality::Kind TcpQuality::kind_of(const TcpSegment& segment, int direction, int64_t time_ns) const {
  const Side& own = sides_[direction];
  const Side& peer = sides_[1 - direction];
  const bool flagged = segment.has(tcp_syn | tcp_fin);
  bool behind = own.has_next && sequence_distance(segment.sequence, own.next) < 0;
  // One byte back and then new ones: what follows a zero window probe.
  if (segment.payload > 1 && own.has_next && segment.sequence == own.next - 1) behind = false;
  const uint32_t payload_end = segment.sequence + segment.payload;
  if (segment.payload > 0 && peer.acknowledged != 0 && sequence_distance(payload_end, peer.acknowledged) <= 0) return Kind::retransmitted;
  if (!behind) return Kind::fresh;
  const bool asked_for = peer.duplicates >= 2 && peer.acknowledged == segment.sequence && time_ns - peer.acknowledged_ns < fast_within_ns;
  if (asked_for) return Kind::retransmitted;
  const int64_t within = round_trip_ns_ == 0 ? reordered_within_ns : round_trip_ns_;
  const bool repeats_last = own.next == payload_end + (flagged ? 1 : 0);
  return time_ns - own.next_ns < within && !repeats_last ? Kind::out_of_order : Kind::retransmitted;
}

void TcpQuality::count(const TcpSegment& segment, int direction, int64_t time_ns) {
  begin_connection(segment, direction, time_ns);
  Side& own = sides_[direction];
  const Side& peer = sides_[1 - direction];
  const bool flagged = segment.has(tcp_syn | tcp_fin);
  const bool plain = !segment.has(tcp_syn | tcp_fin | tcp_rst);
  const bool at_next = own.has_next && segment.sequence == own.next;
  const bool probe = segment.payload == 1 && at_next && peer.window == 0;
  const bool keep_alive = !probe && plain && segment.payload <= 1 && own.has_next && segment.sequence == own.next - 1;
  const uint32_t acknowledged = segment.has(tcp_ack) ? segment.acknowledged : 0;

  const bool repeats = !probe && plain && segment.payload == 0 && at_next && segment.window == own.window && acknowledged == own.acknowledged;
  const bool answers = segment.window == 0 ? peer.was_probe : peer.was_keep_alive;
  if (repeats && segment.window != 0 && !answers) own.duplicates++;
  if (acknowledged != own.acknowledged) own.duplicates = 0;

  if ((segment.payload > 0 || flagged) && !keep_alive) {
    const Kind kind = kind_of(segment, direction, time_ns);
    if (kind == Kind::retransmitted) retransmissions[direction]++;
    if (kind == Kind::out_of_order) out_of_order[direction]++;
  }

  const uint32_t next = segment.sequence + segment.payload + (flagged ? 1 : 0);
  if (!probe && (!own.has_next || sequence_distance(next, own.next) > 0)) {
    own.next = next;
    own.next_ns = time_ns;
    own.has_next = true;
  }
  own.window = segment.window;
  own.acknowledged = acknowledged;
  own.acknowledged_ns = time_ns;
  own.was_keep_alive = keep_alive;
  own.was_probe = probe;
}

}  // namespace nfstream
