#include "engine/track/record_layout.h"

#include <type_traits>

namespace nfstream {

namespace {

template <class T>
constexpr uint32_t checked_size() {
  static_assert(std::is_trivial_v<T>, "a track begins as zeros and is never destroyed");
  static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0, "tracks stand one behind the other");
  return sizeof(T);
}

constexpr uint32_t size_of(Track track) {
  switch (track) {
    case Track::statistics: return checked_size<FlowStatistics>();
    case Track::splt: return checked_size<Splt>();
    case Track::identity: return checked_size<Identity>();
    case Track::activity: return checked_size<Activity>();
    case Track::payload: return checked_size<Payload>();
    case Track::client_hello: return checked_size<tls::HelloSearch>();
    case Track::key_exchange: return checked_size<ssh::HasshSearch>();
    case Track::tcp_state: return checked_size<TcpState>();
    case Track::tcp_quality: return checked_size<TcpQuality>();
    case Track::tcp_window: return checked_size<TcpWindow>();
    case Track::tcp_closing: return checked_size<TcpClosing>();
    case Track::ttl: return checked_size<FlowTtl>();
    case Track::icmp: return checked_size<FlowIcmp>();
    case Track::beyond: return checked_size<Beyond>();
    case Track::process: return checked_size<FlowProcess>();
    case Track::piece: return checked_size<Piece>();
    case Track::piece_sums: return checked_size<PieceSums>();
    case Track::piece_periods: return checked_size<PiecePeriods>();
    case Track::piece_windows: return checked_size<PieceWindows>();
    case Track::told: return checked_size<Told>();
    case Track::tags: return checked_size<FlowTags>();
    case Track::fragments: return checked_size<FlowFragments>();
    case Track::dscp: return checked_size<FlowDscp>();
    case Track::headers: return checked_size<HeaderSums>();
    case Track::tcp_syn: return checked_size<TcpSyn>();
    case Track::tcp_rtt: return checked_size<TcpRtt>();
    case Track::cic: return checked_size<CicFeatures>();
    case Track::count: break;
  }
  return 0;
}
static_assert(sizeof(FlowRecord) % 8 == 0);

}  // namespace

RecordLayout::RecordLayout(TrackSet tracks, size_t metric_bytes) {
  for (size_t i = 0; i < static_cast<size_t>(Track::count); i++) {
    const Track track = static_cast<Track>(i);
    if ((tracks & only(track)) == 0) continue;
    offsets_[i] = static_cast<uint32_t>(sizeof(FlowRecord) + bytes_);
    bytes_ += size_of(track);
  }
  metrics_ = static_cast<uint32_t>(sizeof(FlowRecord) + bytes_);
  bytes_ += metric_bytes;
}

}  // namespace nfstream
