// Optional parts of a flow, kept behind its record. A run has those that its columns need.
#pragma once

#include <cstdint>

namespace nfstream {

enum class Track : uint8_t {
  statistics,
  splt,
  identity,
  activity,
  payload,
  client_hello,
  key_exchange,
  tcp_state,
  tcp_quality,
  tcp_window,
  tcp_closing,
  ttl,
  icmp,
  beyond,
  process,
  piece,
  piece_sums,
  piece_periods,
  piece_windows,
  told,
  tags,
  fragments,
  dscp,
  headers,
  tcp_syn,
  tcp_rtt,
  cic,
  count
};

// A set of tracks, a bit for each.
using TrackSet = uint32_t;

constexpr TrackSet no_track = 0;
constexpr TrackSet only(Track track) { return TrackSet{1} << static_cast<unsigned>(track); }

}  // namespace nfstream
