// Where the tracks of a run stand behind each flow's record.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/ssh/hassh_search.h"
#include "engine/table/flow_record.h"
#include "engine/tls/hello_search.h"
#include "engine/track/activity.h"
#include "engine/track/beyond.h"
#include "engine/track/cic_features.h"
#include "engine/track/flow_process.h"
#include "engine/track/flow_statistics.h"
#include "engine/track/flow_tags.h"
#include "engine/track/header_sums.h"
#include "engine/track/identity.h"
#include "engine/track/ip_facts.h"
#include "engine/track/payload.h"
#include "engine/track/piece.h"
#include "engine/track/splt.h"
#include "engine/track/tcp/tcp_closing.h"
#include "engine/track/tcp/tcp_quality.h"
#include "engine/track/tcp/tcp_rtt.h"
#include "engine/track/tcp/tcp_state.h"
#include "engine/track/tcp/tcp_syn.h"
#include "engine/track/tcp/tcp_window.h"
#include "engine/track/told.h"
#include "engine/track/track.h"

namespace nfstream {

class RecordLayout {
 public:
  // `metric_bytes` are kept behind the tracks, for the run's metrics.
  explicit RecordLayout(TrackSet tracks, size_t metric_bytes = 0);

  bool has(Track track) const { return offsets_[static_cast<size_t>(track)] != 0; }
  // Bytes of all tracks and metrics together.
  size_t bytes() const { return bytes_; }

  // Time of a flow's last packet, also of one that is not counted.
  int64_t heard_ns(const FlowRecord& flow) const { return flow.counting == Counting::frozen ? beyond(flow).heard_ns : flow.last_seen_ns(); }

  // Each only for a run that has the track.
  FlowStatistics& statistics(FlowRecord& flow) const { return at<FlowStatistics>(Track::statistics, flow); }
  const FlowStatistics& statistics(const FlowRecord& flow) const { return at<FlowStatistics>(Track::statistics, flow); }
  Splt& splt(FlowRecord& flow) const { return at<Splt>(Track::splt, flow); }
  const Splt& splt(const FlowRecord& flow) const { return at<Splt>(Track::splt, flow); }
  Identity& identity(FlowRecord& flow) const { return at<Identity>(Track::identity, flow); }
  const Identity& identity(const FlowRecord& flow) const { return at<Identity>(Track::identity, flow); }
  Activity& activity(FlowRecord& flow) const { return at<Activity>(Track::activity, flow); }
  const Activity& activity(const FlowRecord& flow) const { return at<Activity>(Track::activity, flow); }
  Payload& payload(FlowRecord& flow) const { return at<Payload>(Track::payload, flow); }
  const Payload& payload(const FlowRecord& flow) const { return at<Payload>(Track::payload, flow); }
  tls::HelloSearch& client_hello(FlowRecord& flow) const { return at<tls::HelloSearch>(Track::client_hello, flow); }
  const tls::HelloSearch& client_hello(const FlowRecord& flow) const { return at<tls::HelloSearch>(Track::client_hello, flow); }
  ssh::HasshSearch& key_exchange(FlowRecord& flow) const { return at<ssh::HasshSearch>(Track::key_exchange, flow); }
  const ssh::HasshSearch& key_exchange(const FlowRecord& flow) const { return at<ssh::HasshSearch>(Track::key_exchange, flow); }
  TcpState& tcp_state(FlowRecord& flow) const { return at<TcpState>(Track::tcp_state, flow); }
  const TcpState& tcp_state(const FlowRecord& flow) const { return at<TcpState>(Track::tcp_state, flow); }
  TcpQuality& tcp_quality(FlowRecord& flow) const { return at<TcpQuality>(Track::tcp_quality, flow); }
  const TcpQuality& tcp_quality(const FlowRecord& flow) const { return at<TcpQuality>(Track::tcp_quality, flow); }
  TcpWindow& tcp_window(FlowRecord& flow) const { return at<TcpWindow>(Track::tcp_window, flow); }
  const TcpWindow& tcp_window(const FlowRecord& flow) const { return at<TcpWindow>(Track::tcp_window, flow); }
  TcpClosing& tcp_closing(FlowRecord& flow) const { return at<TcpClosing>(Track::tcp_closing, flow); }
  FlowTtl& ttl(FlowRecord& flow) const { return at<FlowTtl>(Track::ttl, flow); }
  const FlowTtl& ttl(const FlowRecord& flow) const { return at<FlowTtl>(Track::ttl, flow); }
  FlowIcmp& icmp(FlowRecord& flow) const { return at<FlowIcmp>(Track::icmp, flow); }
  const FlowIcmp& icmp(const FlowRecord& flow) const { return at<FlowIcmp>(Track::icmp, flow); }
  Beyond& beyond(FlowRecord& flow) const { return at<Beyond>(Track::beyond, flow); }
  const Beyond& beyond(const FlowRecord& flow) const { return at<Beyond>(Track::beyond, flow); }
  FlowProcess& process(FlowRecord& flow) const { return at<FlowProcess>(Track::process, flow); }
  const FlowProcess& process(const FlowRecord& flow) const { return at<FlowProcess>(Track::process, flow); }
  Piece& piece(FlowRecord& flow) const { return at<Piece>(Track::piece, flow); }
  const Piece& piece(const FlowRecord& flow) const { return at<Piece>(Track::piece, flow); }
  PieceSums& piece_sums(FlowRecord& flow) const { return at<PieceSums>(Track::piece_sums, flow); }
  const PieceSums& piece_sums(const FlowRecord& flow) const { return at<PieceSums>(Track::piece_sums, flow); }
  PiecePeriods& piece_periods(FlowRecord& flow) const { return at<PiecePeriods>(Track::piece_periods, flow); }
  const PiecePeriods& piece_periods(const FlowRecord& flow) const { return at<PiecePeriods>(Track::piece_periods, flow); }
  PieceWindows& piece_windows(FlowRecord& flow) const { return at<PieceWindows>(Track::piece_windows, flow); }
  const PieceWindows& piece_windows(const FlowRecord& flow) const { return at<PieceWindows>(Track::piece_windows, flow); }
  Told& told(FlowRecord& flow) const { return at<Told>(Track::told, flow); }
  const Told& told(const FlowRecord& flow) const { return at<Told>(Track::told, flow); }
  FlowTags& tags(FlowRecord& flow) const { return at<FlowTags>(Track::tags, flow); }
  const FlowTags& tags(const FlowRecord& flow) const { return at<FlowTags>(Track::tags, flow); }
  FlowFragments& fragments(FlowRecord& flow) const { return at<FlowFragments>(Track::fragments, flow); }
  const FlowFragments& fragments(const FlowRecord& flow) const { return at<FlowFragments>(Track::fragments, flow); }
  FlowDscp& dscp(FlowRecord& flow) const { return at<FlowDscp>(Track::dscp, flow); }
  const FlowDscp& dscp(const FlowRecord& flow) const { return at<FlowDscp>(Track::dscp, flow); }
  HeaderSums& headers(FlowRecord& flow) const { return at<HeaderSums>(Track::headers, flow); }
  const HeaderSums& headers(const FlowRecord& flow) const { return at<HeaderSums>(Track::headers, flow); }
  TcpSyn& tcp_syn(FlowRecord& flow) const { return at<TcpSyn>(Track::tcp_syn, flow); }
  const TcpSyn& tcp_syn(const FlowRecord& flow) const { return at<TcpSyn>(Track::tcp_syn, flow); }
  TcpRtt& tcp_rtt(FlowRecord& flow) const { return at<TcpRtt>(Track::tcp_rtt, flow); }
  const TcpRtt& tcp_rtt(const FlowRecord& flow) const { return at<TcpRtt>(Track::tcp_rtt, flow); }
  CicFeatures& cic(FlowRecord& flow) const { return at<CicFeatures>(Track::cic, flow); }
  const CicFeatures& cic(const FlowRecord& flow) const { return at<CicFeatures>(Track::cic, flow); }
  uint8_t* metrics(FlowRecord& flow) const { return reinterpret_cast<uint8_t*>(&flow) + metrics_; }
  const uint8_t* metrics(const FlowRecord& flow) const { return reinterpret_cast<const uint8_t*>(&flow) + metrics_; }

 private:
  template <class T>
  T& at(Track track, FlowRecord& flow) const {
    return *reinterpret_cast<T*>(reinterpret_cast<uint8_t*>(&flow) + offsets_[static_cast<size_t>(track)]);
  }
  template <class T>
  const T& at(Track track, const FlowRecord& flow) const {
    return *reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(&flow) + offsets_[static_cast<size_t>(track)]);
  }

  uint32_t offsets_[static_cast<size_t>(Track::count)] = {};  // from the record's first byte; 0 for a track that the run does without
  uint32_t metrics_ = 0;                                      // from the record's first byte
  size_t bytes_ = 0;
};

}  // namespace nfstream
