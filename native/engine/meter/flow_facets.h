// What a run keeps of each flow because its columns ask for it.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/metrics/metric_set.h"
#include "engine/packet.h"
#include "engine/track/record_layout.h"
#include "engine/time_unit.h"

namespace nfstream {

// A packet that its flow's record counts already.
struct CountedPacket {
  const PacketRecord& packet;
  const uint8_t* bytes;       // its captured bytes
  int direction;              // 0 source to destination, 1 back
  uint32_t size;              // as the accounting mode counts
  uint64_t number;            // among all packets that were fed, from 1
  uint64_t source;            // where it came from: a number for the capture's name
  int64_t time_ns;
  int64_t before_ns;          // the flow's packet before it; its own time for the first
  int64_t direction_before_ns;  // the direction's packet before it; its own time for the first
};

struct FacetOptions {
  FacetSet facets = no_facet;
  TimeUnit unit = TimeUnit::ms;
  uint16_t splt = 0;
  uint32_t payload = 0;  // bytes kept of each direction
  int64_t activity_timeout_ns = 5000000000;
  TcpExpiry tcp_expiry = TcpExpiry::none;
  std::shared_ptr<const MetricSet> metrics;  // null without any

  RecordLayout layout() const { return RecordLayout(facets, metrics == nullptr ? 0 : metrics->bytes()); }
};

class FlowFacets {
 public:
  explicit FlowFacets(const FacetOptions& options) : options_(options), layout_(options.layout()) {}

  const RecordLayout& layout() const { return layout_; }
  // False when there is no memory. May find that the flow is closed.
  bool count(FlowRecord& flow, const CountedPacket& packet) const;
  // The flow is the next piece of a connection that the active timeout has cut.
  void go_on(const FlowRecord& before, FlowRecord& flow) const;
  // The flow has ended.
  void finish(FlowRecord& flow) const {
    if (layout_.has(Facet::identity)) layout_.identity(flow).finish(flow);
  }
  // Frees what the facets own.
  void release(FlowRecord& flow) const;

 private:
  void identify(FlowRecord& flow, const CountedPacket& packet) const;
  void note_activity(FlowRecord& flow, const CountedPacket& packet) const;
  void count_segment(FlowRecord& flow, const CountedPacket& packet) const;
  bool count_metrics(FlowRecord& flow, const CountedPacket& packet) const;

  FacetOptions options_;
  RecordLayout layout_;
};

}  // namespace nfstream
