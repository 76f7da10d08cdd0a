// When flows end: idle, too old, or closed by TCP.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/packet.h"
#include "engine/table/flow_table.h"
#include "engine/time_unit.h"
#include "engine/track/record_layout.h"
#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

class FlowExpiry {
 public:
  // Milliseconds. The layout must outlive this.
  FlowExpiry(const RecordLayout& layout, int64_t idle, int64_t active, int64_t linger) : layout_(layout), active_(active), quiet_{idle, std::min(idle, linger)} {}

  // Nothing more has come for as long as the flow waits.
  bool is_over(const FlowRecord& flow, int64_t now_ms) const { return is_over(flow, flow.lingers, now_ms); }

  // Of the flows that are over, the one with the oldest last packet, or none.
  uint32_t first_over(FlowTable& table, int64_t now_ms) const {
    const uint32_t open = over(table, false, now_ms);
    if (table.oldest(true) == FlowTable::none) return open;
    const uint32_t lingering = over(table, true, now_ms);
    if (open == FlowTable::none || lingering == FlowTable::none) return open == FlowTable::none ? lingering : open;
    return table.at(open).last_packet < table.at(lingering).last_packet ? open : lingering;
  }

  // When such a flow has waited long enough, if it has by now.
  int64_t over_at_ms(const FlowRecord& flow) const { return to_ms(layout_.heard_ns(flow)) + quiet_[flow.lingers]; }
  // Whether the next packet of anybody may end a flow, though the clock stays.
  bool ends_at_once() const { return quiet_[true] <= 0; }

  // Why a packet does not join the open flow that has its key, but ends it and begins another.
  enum class Cut { none, too_old, new_connection };
  Cut cut_of(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int64_t now_ms) const {
    const bool anew = flow.closed_by != EndReason::idle && begins_connection(packet, bytes);
    const bool too_old = now_ms - to_ms(flow.first_seen_ns()) >= active_;
    if ((!anew && !too_old) || is_over(flow, now_ms)) return Cut::none;
    return anew ? Cut::new_connection : Cut::too_old;
  }

 private:
  bool is_over(const FlowRecord& flow, bool lingering, int64_t now_ms) const { return now_ms - to_ms(layout_.heard_ns(flow)) >= quiet_[lingering]; }
  static bool begins_connection(const PacketRecord& packet, const uint8_t* bytes) {
    TcpSegment segment;
    return read_tcp_segment(packet, bytes, segment) && segment.is_first_syn();
  }
  uint32_t over(FlowTable& table, bool lingering, int64_t now_ms) const {
    const uint32_t flow = table.oldest(lingering);
    return flow != FlowTable::none && is_over(table.at(flow), lingering, now_ms) ? flow : FlowTable::none;
  }

  const RecordLayout& layout_;
  int64_t active_;
  int64_t quiet_[2];  // of an open flow, of one that lingers
};

}  // namespace nfstream
