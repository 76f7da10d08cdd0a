// Where the facets of a run stand behind each flow's record.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/ssh/hassh_search.h"
#include "engine/table/flow_record.h"
#include "engine/tls/hello_search.h"
#include "engine/track/activity.h"
#include "engine/track/beyond.h"
#include "engine/track/facet.h"
#include "engine/track/flow_statistics.h"
#include "engine/track/identity.h"
#include "engine/track/ip_facts.h"
#include "engine/track/payload.h"
#include "engine/track/splt.h"
#include "engine/track/tcp/tcp_closing.h"
#include "engine/track/tcp/tcp_quality.h"
#include "engine/track/tcp/tcp_state.h"
#include "engine/track/tcp/tcp_window.h"

namespace nfstream {

class RecordLayout {
 public:
  // `metric_bytes` are kept behind the facets, for the run's metrics.
  explicit RecordLayout(FacetSet facets, size_t metric_bytes = 0);

  bool has(Facet facet) const { return offsets_[static_cast<size_t>(facet)] != 0; }
  // Bytes of all facets and metrics together.
  size_t bytes() const { return bytes_; }

  // Each only for a run that has the facet.
  FlowStatistics& statistics(FlowRecord& flow) const { return at<FlowStatistics>(Facet::statistics, flow); }
  const FlowStatistics& statistics(const FlowRecord& flow) const { return at<FlowStatistics>(Facet::statistics, flow); }
  Splt& splt(FlowRecord& flow) const { return at<Splt>(Facet::splt, flow); }
  const Splt& splt(const FlowRecord& flow) const { return at<Splt>(Facet::splt, flow); }
  Identity& identity(FlowRecord& flow) const { return at<Identity>(Facet::identity, flow); }
  const Identity& identity(const FlowRecord& flow) const { return at<Identity>(Facet::identity, flow); }
  Activity& activity(FlowRecord& flow) const { return at<Activity>(Facet::activity, flow); }
  const Activity& activity(const FlowRecord& flow) const { return at<Activity>(Facet::activity, flow); }
  Payload& payload(FlowRecord& flow) const { return at<Payload>(Facet::payload, flow); }
  const Payload& payload(const FlowRecord& flow) const { return at<Payload>(Facet::payload, flow); }
  tls::HelloSearch& client_hello(FlowRecord& flow) const { return at<tls::HelloSearch>(Facet::client_hello, flow); }
  const tls::HelloSearch& client_hello(const FlowRecord& flow) const { return at<tls::HelloSearch>(Facet::client_hello, flow); }
  ssh::HasshSearch& key_exchange(FlowRecord& flow) const { return at<ssh::HasshSearch>(Facet::key_exchange, flow); }
  const ssh::HasshSearch& key_exchange(const FlowRecord& flow) const { return at<ssh::HasshSearch>(Facet::key_exchange, flow); }
  TcpState& tcp_state(FlowRecord& flow) const { return at<TcpState>(Facet::tcp_state, flow); }
  const TcpState& tcp_state(const FlowRecord& flow) const { return at<TcpState>(Facet::tcp_state, flow); }
  TcpQuality& tcp_quality(FlowRecord& flow) const { return at<TcpQuality>(Facet::tcp_quality, flow); }
  const TcpQuality& tcp_quality(const FlowRecord& flow) const { return at<TcpQuality>(Facet::tcp_quality, flow); }
  TcpWindow& tcp_window(FlowRecord& flow) const { return at<TcpWindow>(Facet::tcp_window, flow); }
  const TcpWindow& tcp_window(const FlowRecord& flow) const { return at<TcpWindow>(Facet::tcp_window, flow); }
  TcpClosing& tcp_closing(FlowRecord& flow) const { return at<TcpClosing>(Facet::tcp_closing, flow); }
  FlowTtl& ttl(FlowRecord& flow) const { return at<FlowTtl>(Facet::ttl, flow); }
  const FlowTtl& ttl(const FlowRecord& flow) const { return at<FlowTtl>(Facet::ttl, flow); }
  FlowIcmp& icmp(FlowRecord& flow) const { return at<FlowIcmp>(Facet::icmp, flow); }
  const FlowIcmp& icmp(const FlowRecord& flow) const { return at<FlowIcmp>(Facet::icmp, flow); }
  Beyond& beyond(FlowRecord& flow) const { return at<Beyond>(Facet::beyond, flow); }
  const Beyond& beyond(const FlowRecord& flow) const { return at<Beyond>(Facet::beyond, flow); }
  uint8_t* metrics(FlowRecord& flow) const { return reinterpret_cast<uint8_t*>(&flow) + metrics_; }
  const uint8_t* metrics(const FlowRecord& flow) const { return reinterpret_cast<const uint8_t*>(&flow) + metrics_; }

 private:
  template <class T>
  T& at(Facet facet, FlowRecord& flow) const {
    return *reinterpret_cast<T*>(reinterpret_cast<uint8_t*>(&flow) + offsets_[static_cast<size_t>(facet)]);
  }
  template <class T>
  const T& at(Facet facet, const FlowRecord& flow) const {
    return *reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(&flow) + offsets_[static_cast<size_t>(facet)]);
  }

  uint32_t offsets_[static_cast<size_t>(Facet::count)] = {};  // from the record's first byte; 0 for a facet that the run does without
  uint32_t metrics_ = 0;                                      // from the record's first byte
  size_t bytes_ = 0;
};

}  // namespace nfstream
