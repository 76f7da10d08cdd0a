#include "engine/decode/tunnel.h"

#include "engine/decode/link.h"
#include "engine/decode/tags.h"
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

bool strip(Tunnel tunnel, bool over_udp, Encapsulated& packet) {
  switch (tunnel) {
    case Tunnel::gtp: return strip_gtp(packet);
    case Tunnel::capwap: return strip_capwap(packet);
    case Tunnel::tzsp: return strip_tzsp(packet);
    case Tunnel::l2tp: return over_udp ? strip_l2tp_udp(packet) : strip_l2tp_ip(packet);
    case Tunnel::vxlan: return strip_vxlan(packet);
    case Tunnel::geneve: return strip_geneve(packet);
    case Tunnel::gre: return strip_gre(packet);
    case Tunnel::teredo: return strip_teredo(packet);
    default: return false;
  }
}

// A sound IP header that fits into the tunnel's packet, or it was no tunnel.
bool read_inside(Encapsulated& packet, Inside& inside) {
  IpHeader first;
  read_ip(packet.frame, first);
  if (first.version == 0 || first.size > packet.room()) return false;
  inside.reason = read_innermost_ip(packet.frame, inside.ip);
  return inside.reason != IgnoreReason::malformed;
}

bool enter(Tunnel tunnel, Encapsulated packet, bool over_udp, Frame& frame, Inside& inside) {
  Inside found;
  if (!strip(tunnel, over_udp, packet) || !read_inside(packet, found)) return false;
  inside = found;
  inside.tunnel = tunnel;
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
  const Tunnel to = tunnel_to_port(frame.be16(outer.transport_offset + 2));
  if (contains(allowed, to) && enter(to, packet, true, frame, inside)) return true;
  const Tunnel from = tunnel_from_port(frame.be16(outer.transport_offset));
  return from != to && contains(allowed, from) && enter(from, packet, true, frame, inside);
}

}  // namespace

bool strip_inner_ethernet(Encapsulated& packet) {
  return strip_ethernet(packet.frame) == IgnoreReason::none && strip_tags(packet.frame) == IgnoreReason::none;
}

bool enter_tunnel(Frame& frame, const IpHeader& outer, TunnelSet allowed, Inside& inside) {
  if (outer.protocol == protocol_udp) return enter_udp(frame, outer, allowed, inside);
  const Tunnel tunnel = outer.protocol == protocol_gre ? Tunnel::gre : Tunnel::l2tp;
  Encapsulated packet{frame, outer.more_fragments ? Encapsulated::no_end : outer.transport_offset + outer.transport_size()};
  packet.frame.offset = outer.transport_offset;
  return enter(tunnel, packet, false, frame, inside);
}

}  // namespace nfstream
