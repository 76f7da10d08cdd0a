#include "engine/decode/tunnel.h"

#include <algorithm>
#include <iterator>

#include "engine/decode/link.h"
#include "engine/decode/tags.h"

namespace nfstream {

namespace {

// A sound IP header that fits into the tunnel's packet, or it was no tunnel.
bool read_inside(Encapsulated& packet, Inside& inside) {
  IpHeader first;
  read_ip(packet.frame, first);
  if (first.version == 0 || first.size > packet.room()) return false;
  inside.reason = read_innermost_ip(packet.frame, inside.ip);
  return inside.reason != IgnoreReason::malformed;
}

bool enter(const TunnelKind& tunnel, bool (*strip)(Encapsulated&), Encapsulated packet, Frame& frame, Inside& inside) {
  Inside found;
  if (!strip(packet) || !read_inside(packet, found)) return false;
  inside = found;
  inside.tunnel = &tunnel;
  inside.vni = packet.vni;
  frame = packet.frame;
  return true;
}

// A payload's length is UDP's own, since IP's is shorter in a first fragment; but nothing unfragmented is longer than IP says.
uint32_t udp_payload_size(const Frame& frame, const IpHeader& outer) {
  const uint32_t by_udp = frame.be16(outer.transport_offset + 4);
  const uint32_t size = by_udp < 8 || (by_udp > outer.transport_size() && !outer.more_fragments) ? outer.transport_size() : by_udp;
  return size - 8;
}

bool enter_udp(Frame& frame, const IpHeader& outer, TunnelSet allowed, Inside& inside) {
  if (!frame.has(outer.transport_offset, 8)) return false;
  Encapsulated packet{frame, 0};
  packet.frame.offset = outer.transport_offset + 8;
  packet.end = packet.frame.offset + udp_payload_size(frame, outer);
  const auto enter_if_allowed = [&](const TunnelKind* tunnel) {
    return tunnel != nullptr && contains(allowed, tunnel->kind) && enter(*tunnel, tunnel->strip_udp, packet, frame, inside);
  };
  const TunnelKind* to = tunnel_to_port(frame.be16(outer.transport_offset + 2));
  if (enter_if_allowed(to)) return true;
  const TunnelKind* from = tunnel_from_port(frame.be16(outer.transport_offset));
  return from != to && enter_if_allowed(from);
}

template <class Holds>
const TunnelKind* find(Holds holds) {
  const TunnelKind* row = std::find_if(std::begin(tunnel_kinds), std::end(tunnel_kinds), holds);
  return row == std::end(tunnel_kinds) ? nullptr : row;
}

bool has_port(const TunnelKind& row, uint16_t port) { return port != 0 && (port == row.ports[0] || port == row.ports[1]); }

}  // namespace

const TunnelKind* tunnel_of_protocol(uint8_t protocol) {
  return find([protocol](const TunnelKind& row) { return protocol != 0 && row.protocol == protocol; });
}

const TunnelKind* tunnel_to_port(uint16_t port) {
  return find([port](const TunnelKind& row) { return has_port(row, port); });
}

const TunnelKind* tunnel_from_port(uint16_t port) {
  return find([port](const TunnelKind& row) { return !row.only_to_port && has_port(row, port); });
}

bool strip_inner_ethernet(Encapsulated& packet) { return strip_ethernet(packet.frame) == IgnoreReason::none && strip_tags(packet.frame) == IgnoreReason::none; }

bool enter_tunnel(Frame& frame, const IpHeader& outer, TunnelSet allowed, Inside& inside) {
  if (outer.protocol == protocol_udp) return enter_udp(frame, outer, allowed, inside);
  const TunnelKind* tunnel = tunnel_of_protocol(outer.protocol);
  if (tunnel == nullptr) return false;
  Encapsulated packet{frame, outer.more_fragments ? Encapsulated::no_end : outer.transport_offset + outer.transport_size()};
  packet.frame.offset = outer.transport_offset;
  return enter(*tunnel, tunnel->strip_ip, packet, frame, inside);
}

}  // namespace nfstream
