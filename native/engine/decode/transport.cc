#include "engine/decode/transport.h"

#include <algorithm>

namespace nfstream {
namespace {

constexpr uint8_t protocol_icmp = 1, protocol_icmpv6 = 58, protocol_dccp = 33, protocol_sctp = 132, protocol_udp_lite = 136;

IgnoreReason read_ports(const Frame& frame, const IpHeader& ip, PacketRecord& record) {
  if (!frame.has(ip.transport_offset, 4)) return IgnoreReason::truncated;
  record.src_port = frame.be16(ip.transport_offset);
  record.dst_port = frame.be16(ip.transport_offset + 2);
  return IgnoreReason::none;
}

void set_sizes(PacketRecord& record, uint32_t transport, uint32_t header) {
  record.transport_header = static_cast<uint8_t>(std::min(transport, header));
  record.payload_size = transport - record.transport_header;
}

}  // namespace

IgnoreReason read_transport(const Frame& frame, const IpHeader& ip, bool all_ports, PacketRecord& record) {
  const uint32_t at = ip.transport_offset;
  const uint32_t size = ip.transport_size();
  record.l4_offset = size > 0 && frame.has(at, 1) ? static_cast<uint16_t>(at) : 0;
  switch (ip.protocol) {
    case protocol_tcp:
      // A segment shorter than its header has no ports that could be believed.
      if (size < 20) return IgnoreReason::none;
      record.tcp_flags = frame.has(at, 14) ? frame.u8(at + 13) : 0;
      set_sizes(record, size, frame.has(at, 13) ? (frame.u8(at + 12) >> 4) * 4u : 20);
      return read_ports(frame, ip, record);
    case protocol_udp:
      if (size < 8) return IgnoreReason::none;
      set_sizes(record, size, 8);
      return read_ports(frame, ip, record);
    case protocol_icmp:
    case protocol_icmpv6: set_sizes(record, size, 8); return IgnoreReason::none;
    case protocol_dccp:
    case protocol_sctp:
    case protocol_udp_lite: return all_ports && size >= 4 ? read_ports(frame, ip, record) : IgnoreReason::none;
    default: return IgnoreReason::none;
  }
}

}  // namespace nfstream
