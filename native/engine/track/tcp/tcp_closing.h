// When a TCP connection is over: at a RST, or when both FINs are acknowledged, or as CICFlowMeter has it.
#pragma once

#include <cstdint>

#include "engine/table/flow_record.h"
#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

// What closes a flow, besides its timeouts.
enum class TcpExpiry : uint8_t { none, rst, fin, cicflowmeter };

struct alignas(8) TcpClosing {
  uint32_t fin_end[2];  // the sequence number behind each side's FIN
  bool has_fin[2];
  bool acknowledged[2];

  // What this segment closes the connection by; idle when it is open still.
  EndReason count(const TcpSegment& segment, int direction, TcpExpiry expiry) {
    if (segment.has(tcp_rst)) return EndReason::tcp_rst;
    // The first FIN from the destination, whether or not anything follows.
    if (expiry == TcpExpiry::cicflowmeter) return segment.has(tcp_fin) && direction == 1 ? EndReason::tcp_fin : EndReason::idle;
    if (expiry != TcpExpiry::fin) return EndReason::idle;
    const int peer = 1 - direction;
    if (segment.has(tcp_fin) && (!has_fin[direction] || fin_end[direction] != segment.end())) {
      fin_end[direction] = segment.end();
      has_fin[direction] = true;
      acknowledged[direction] = false;
    }
    if (segment.has(tcp_ack) && has_fin[peer] && sequence_distance(segment.acknowledged, fin_end[peer]) >= 0) acknowledged[peer] = true;
    return acknowledged[0] && acknowledged[1] ? EndReason::tcp_fin : EndReason::idle;
  }
};

}  // namespace nfstream
