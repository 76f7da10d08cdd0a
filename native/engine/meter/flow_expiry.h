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
  FlowExpiry(const RecordLayout& layout, int64_t idle, int64_t active, int64_t linger)
      : layout_(layout), active_(active), young_ns_(active > 0 ? in_ns(active - 1) : INT64_MIN), quiet_{idle, std::min(idle, linger)} {}

  // Nothing more has come for as long as the flow waits.
  bool is_over(const FlowRecord& flow, int64_t now_ms) const { return is_over(flow, flow.lingers, now_ms); }

  // Whether there is a flow that is over. To be called for a clock that does not go back.
  bool any_over(FlowTable& table, int64_t now_ns) {
    if (now_ns < none_before_ns_) return false;
    const int64_t now_ms = to_ms(now_ns);
    int64_t first_ms = INT64_MAX;
    bool any = false;
    for (const bool lingering : {false, true}) {
      const uint32_t flow = table.oldest(lingering);
      if (flow == FlowTable::none) continue;
      any = true;
      first_ms = std::min(first_ms, over_at_ms(table.at(flow)));
    }
    none_before_ns_ = any ? in_ns(first_ms) : INT64_MIN;
    return any && first_ms <= now_ms;
  }
  // A flow has come into a list that is not the newest of all, or that waits for less long.
  void look_again() { none_before_ns_ = INT64_MIN; }

  // Of the flows that are over, the one with the oldest last packet, or none.
  uint32_t first_over(FlowTable& table, int64_t now_ms) const {
    const uint32_t open = over(table, false, now_ms);
    if (table.oldest(true) == FlowTable::none) return open;
    const uint32_t lingering = over(table, true, now_ms);
    if (open == FlowTable::none || lingering == FlowTable::none) return open == FlowTable::none ? lingering : open;
    return table.at(open).last_packet < table.at(lingering).last_packet ? open : lingering;
  }

  // When such a flow has waited long enough, if it has by now.
  int64_t over_at_ms(const FlowRecord& flow) const {
    int64_t at = 0;
    return __builtin_add_overflow(to_ms(layout_.heard_ns(flow)), quiet_[flow.lingers], &at) ? INT64_MAX : at;
  }
  // Whether the next packet of anybody may end a flow, though the clock stays.
  bool ends_at_once() const { return quiet_[true] <= 0; }

  // Why a packet does not join the open flow that has its key, but ends it and begins another.
  enum class Cut { none, too_old, new_connection };
  Cut cut_of(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int64_t now_ns) const {
    // Most flows are open and far from being too old.
    int64_t age_ns = 0;
    if (flow.closed_by == EndReason::idle && !__builtin_sub_overflow(now_ns, flow.first_seen_ns(), &age_ns) && age_ns < young_ns_) return Cut::none;
    const int64_t now_ms = to_ms(now_ns);
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

  // The earliest time with so many milliseconds, of those behind the epoch.
  static int64_t in_ns(int64_t ms) {
    int64_t ns = 0;
    if (ms <= 0) return INT64_MIN;
    return __builtin_mul_overflow(ms, static_cast<int64_t>(TimeUnit::ms), &ns) ? INT64_MAX : ns;
  }

  const RecordLayout& layout_;
  int64_t active_;
  int64_t young_ns_;                    // no flow of a lesser age is too old, however its times are cut to milliseconds
  int64_t none_before_ns_ = INT64_MIN;  // until then no flow is over: the oldest last packet only gets newer
  int64_t quiet_[2];                    // of an open flow, of one that lingers
};

}  // namespace nfstream
