#include "engine/meter/flow_facets.h"

namespace nfstream {

bool FlowFacets::count(FlowRecord& flow, const CountedPacket& packet) const {
  if (options_.facets == no_facet) return true;
  const auto since = [&](int64_t before_ns) { return in_unit(packet.time_ns, options_.unit) - in_unit(before_ns, options_.unit); };
  if (layout_.has(Facet::statistics)) {
    layout_.statistics(flow).count(flow, packet.direction, packet.size, since(packet.before_ns), since(packet.direction_before_ns), packet.packet.tcp_flags);
  }
  if (layout_.has(Facet::splt)) {
    const SpltPacket entry{since(packet.before_ns), static_cast<int32_t>(packet.size), static_cast<int8_t>(packet.direction)};
    if (!layout_.splt(flow).add(entry, options_.splt)) return false;
  }
  return true;
}

void FlowFacets::release(FlowRecord& flow) const {
  if (layout_.has(Facet::splt)) layout_.splt(flow).release();
}

}  // namespace nfstream
