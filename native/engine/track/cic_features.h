// What CICFlowMeter's features need besides a flow's statistics: sizes of payload, bulks, subflows, transport headers, first windows.
#pragma once

#include <cstdint>

#include "engine/packet.h"
#include "engine/table/flow_record.h"
#include "engine/track/flow_statistics.h"

namespace nfstream {

// Runs of at least four packets with payload one way, none the other way between them, and no gap of more than a second.
struct Bulks {
  uint64_t count;
  uint64_t packets;
  uint64_t bytes;
  int64_t duration_ns;  // from the first packet of each to its last
  int64_t began_ns;     // the run under way
  int64_t last_ns;
  uint64_t run_packets;
  uint64_t run_bytes;

  void add(uint32_t payload, int64_t time_ns);
  void interrupt() { run_packets = 0; }
};

struct CicFeatures {
  Moments payloads[3];  // sizes, also 0: of both directions, source to destination, back
  uint64_t payload_bytes[2];
  Bulks bulks[2];
  uint64_t pauses;  // gaps of the flow that are longer than a second
  uint64_t header_bytes[2];
  uint32_t min_header[2];
  uint16_t first_window[2];
  bool has_window[2];

  // The flow counts the packet already; `before_ns` is the time of the packet before it.
  void count(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction, int64_t time_ns, int64_t before_ns);
};

}  // namespace nfstream
