#include "engine/track/cic_features.h"

#include <algorithm>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

namespace {

constexpr int64_t longest_pause_ns = 1000000000;
constexpr uint64_t least_packets = 4;

}  // namespace

void Bulks::add(uint32_t payload, int64_t time_ns) {
  if (run_packets == 0 || time_ns - last_ns > longest_pause_ns) {
    began_ns = time_ns;
    run_packets = 0;
    run_bytes = 0;
  }
  run_packets++;
  run_bytes += payload;
  if (run_packets == least_packets) {
    count++;
    packets += run_packets;
    bytes += run_bytes;
    duration_ns += time_ns - began_ns;
  } else if (run_packets > least_packets) {
    packets++;
    bytes += payload;
    duration_ns += time_ns - last_ns;
  }
  last_ns = time_ns;
}

void CicFeatures::count(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction, int64_t time_ns, int64_t before_ns) {
  const uint64_t own = flow.packets[direction];
  payloads[0].add(packet.payload_size, flow.total_packets());
  payloads[1 + direction].add(packet.payload_size, own);
  payload_bytes[direction] += packet.payload_size;
  pauses += time_ns - before_ns > longest_pause_ns;
  header_bytes[direction] += packet.transport_header;
  min_header[direction] = own == 1 ? packet.transport_header : std::min<uint32_t>(min_header[direction], packet.transport_header);
  if (packet.payload_size > 0) {
    bulks[direction].add(packet.payload_size, time_ns);
    bulks[1 - direction].interrupt();
  }
  TcpSegment segment;
  if (!has_window[direction] && read_tcp_segment(packet, bytes, segment)) {
    first_window[direction] = segment.window;
    has_window[direction] = true;
  }
}

}  // namespace nfstream
