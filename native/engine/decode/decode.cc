#include "engine/decode/decode.h"

#include <algorithm>

#include "engine/decode/ip.h"
#include "engine/decode/link.h"
#include "engine/decode/tags.h"
#include "engine/decode/transport.h"
#include "engine/decode/tunnel.h"

namespace nfstream {
namespace {

void clear(PacketRecord& record) {
  record.ip_size = 0;
  record.tunnel_vni = 0;
  record.l3_offset = 0;
  record.l4_offset = 0;
  record.src_port = 0;
  record.dst_port = 0;
  record.transport_size = 0;
  record.payload_size = 0;
  record.protocol = 0;
  record.tcp_flags = 0;
  record.ip_version = 0;
  record.tunnel_id = 0;
}

void set_ip(PacketRecord& record, const IpHeader& ip) {
  record.ip_size = ip.size;
  record.l3_offset = static_cast<uint16_t>(ip.offset);
  record.protocol = ip.protocol;
  record.ip_version = ip.version;
}

IgnoreReason read_tunnelled(Frame& frame, const IpHeader& outer, PacketRecord& record) {
  IpHeader inner;
  IgnoreReason reason = IgnoreReason::none;
  const Tunnel tunnel = enter_tunnel(frame, outer, inner, reason);
  if (tunnel == Tunnel::none || reason != IgnoreReason::none) return reason;
  clear(record);
  set_ip(record, inner);
  record.tunnel_id = static_cast<uint8_t>(tunnel);
  return read_transport(frame, inner, record);
}

IgnoreReason decode_frame(Frame& frame, const DecodeOptions& options, PacketRecord& record) {
  IgnoreReason reason = record.link_type == link_ethernet ? strip_ethernet(frame) : strip_link(frame, record.link_type);
  if (reason == IgnoreReason::none && frame.type != next_ipv4) reason = strip_tags(frame);
  if (reason != IgnoreReason::none) return reason;
  IpHeader ip;
  reason = read_innermost_ip(frame, ip);
  if (reason != IgnoreReason::none) return reason;
  set_ip(record, ip);
  reason = read_transport(frame, ip, record);
  if (reason != IgnoreReason::none || !options.tunnels || ip.protocol != protocol_udp) return reason;
  return tunnel_port(record.src_port) || tunnel_port(record.dst_port) ? read_tunnelled(frame, ip, record) : reason;
}

}  // namespace

bool link_type_supported(uint32_t link_type) {
  Frame empty{nullptr, 0, 0};
  return strip_link(empty, link_type) != IgnoreReason::link_type;
}

void decode(const uint8_t* bytes, const DecodeOptions& options, PacketRecord& record) {
  clear(record);
  Frame frame{bytes, std::min<uint32_t>(record.captured_length, UINT16_MAX), std::max(record.wire_length, record.captured_length)};
  IgnoreReason reason = decode_frame(frame, options, record);
  // Headers beyond what a record's offsets can tell are there, but nobody's.
  if (reason == IgnoreReason::truncated && record.captured_length > UINT16_MAX) reason = IgnoreReason::malformed;
  if (reason != IgnoreReason::none) clear(record);
  record.vlan_id = frame.vlan_id;
  record.src_mac_offset = frame.src_mac;
  record.dst_mac_offset = frame.dst_mac;
  record.ignore_reason = static_cast<uint8_t>(reason);
}

}  // namespace nfstream
