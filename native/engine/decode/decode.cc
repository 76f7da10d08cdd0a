#include "engine/decode/decode.h"

#include <algorithm>

#include "engine/decode/fragments.h"
#include "engine/decode/ip.h"
#include "engine/decode/link.h"
#include "engine/decode/tags.h"
#include "engine/decode/transport.h"
#include "engine/decode/tunnel.h"

namespace nfstream {
namespace {

// More tunnels in each other than anybody runs: the packet counts as what is at this depth.
constexpr int deepest_tunnel = 4;

void clear(PacketRecord& record) {
  record.ip_size = 0;
  record.tunnel_vni = 0;
  record.l3_offset = 0;
  record.l4_offset = 0;
  record.src_port = 0;
  record.dst_port = 0;
  record.payload_size = 0;
  record.protocol = 0;
  record.tcp_flags = 0;
  record.transport_header = 0;
  record.tunnel_and_ip = 0;
}

void set_ip(PacketRecord& record, const IpHeader& ip) {
  record.ip_size = ip.size;
  record.l3_offset = static_cast<uint16_t>(ip.offset);
  record.protocol = ip.protocol;
  record.set_ip_version(ip.version);
}

// The packet inside a tunnel, and as long as that carries a tunnel again, the one inside that. Rare: not worth the plain packets' registers.
__attribute__((noinline)) IgnoreReason read_tunnelled(Frame& frame, const DecodeOptions& options, IpHeader& ip, PacketRecord& record) {
  // nfstream opens one of its tunnels and no more.
  const TunnelSet allowed = options.tunnels;
  const int deepest = allowed & ~nfstream_tunnels ? deepest_tunnel : 1;
  for (int depth = 0; depth < deepest && may_be_tunnel(allowed, record); ++depth) {
    Inside inside;
    if (!enter_tunnel(frame, ip, allowed, inside)) return IgnoreReason::none;
    const uint32_t vni = inside.tunnel->has_network ? inside.vni : record.tunnel_vni;
    ip = inside.ip;
    clear(record);
    record.tunnel_and_ip = static_cast<uint8_t>(inside.tunnel->kind);
    record.tunnel_vni = vni;
    if (inside.reason != IgnoreReason::none) return inside.reason;
    set_ip(record, ip);
    const IgnoreReason reason = read_transport(frame, ip, options.all_ports, record);
    if (reason != IgnoreReason::none) return reason;
  }
  return IgnoreReason::none;
}

// `ip` becomes the innermost IP header that was reached.
IgnoreReason decode_frame(Frame& frame, const DecodeOptions& options, IpHeader& ip, PacketRecord& record) {
  IgnoreReason reason = record.link_type == link_ethernet ? strip_ethernet(frame) : strip_link(frame, record.link_type);
  if (reason == IgnoreReason::none && frame.type != next_ipv4) reason = strip_tags(frame);
  if (reason != IgnoreReason::none) return reason;
  reason = read_innermost_ip(frame, ip);
  if (reason != IgnoreReason::none) return reason;
  set_ip(record, ip);
  reason = read_transport(frame, ip, options.all_ports, record);
  if (reason != IgnoreReason::none || !may_be_tunnel(options.tunnels, record)) return reason;
  return read_tunnelled(frame, options, ip, record);
}

}  // namespace

void decode(const uint8_t* bytes, const DecodeOptions& options, PacketRecord& record) {
  clear(record);
  Frame frame{bytes, std::min<uint32_t>(record.captured_length, UINT16_MAX), std::max(record.wire_length, record.captured_length)};
  IpHeader ip;
  IgnoreReason reason = decode_frame(frame, options, ip, record);
  if (reason == IgnoreReason::none) {
    if (options.fragments != nullptr && ip.more_fragments) note_first_fragment(frame, ip, *options.fragments, record);
  } else if (reason == IgnoreReason::fragment && options.fragments != nullptr && join_first_fragment(frame, ip, *options.fragments, record)) {
    reason = IgnoreReason::none;
  } else {
    // Headers beyond what a record's offsets can tell are there, but nobody's.
    if (reason == IgnoreReason::truncated && record.captured_length > UINT16_MAX) reason = IgnoreReason::malformed;
    clear(record);
  }
  record.vlan_id = frame.vlan_id;
  record.src_mac_offset = frame.src_mac;
  record.dst_mac_offset = frame.dst_mac;
  record.ignore_reason = static_cast<uint8_t>(reason);
}

// Whichever tunnels the source has looked into: what stands behind the header that it found is not noted.
void note_tags(const uint8_t* bytes, const PacketRecord& record, FlowTags& tags) {
  PacketRecord again = record;
  clear(again);
  Frame frame{bytes, std::min<uint32_t>(record.captured_length, UINT16_MAX), std::max(record.wire_length, record.captured_length)};
  frame.tags = &tags;
  frame.tags_end = record.l3_offset;
  IpHeader ip;
  decode_frame(frame, {all_tunnels}, ip, again);
}

bool is_fragment(const uint8_t* bytes, const PacketRecord& record) {
  if (record.later_fragment()) return true;
  constexpr uint16_t more_or_offset = 0x3fff;
  const Frame frame{bytes, std::min<uint32_t>(record.captured_length, UINT16_MAX), std::max(record.wire_length, record.captured_length), record.l3_offset};
  if (record.ip_version() == 4) return frame.be16(record.l3_offset + 6) & more_or_offset;
  // Most packets have no extension header.
  if (frame.u8(record.l3_offset + 6) == record.protocol) return false;
  IpHeader ip;
  return read_ip(frame, ip) == IgnoreReason::fragment || ip.more_fragments;
}

}  // namespace nfstream
