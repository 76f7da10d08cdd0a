// From a packet that carries a tunnel to the innermost IP header of what it carries.
#pragma once

#include "engine/decode/frame.h"
#include "engine/decode/ip.h"
#include "engine/decode/tunnel_set.h"

namespace nfstream {

// The tunnel that UDP packets from or to a port may belong to. The sender of VXLAN and Geneve takes its own port from the inner flow:
// only what goes to their ports is theirs.
constexpr Tunnel tunnel_from_port(uint16_t port) {
  switch (port) {
    case 1701: return Tunnel::l2tp;
    case 2152: return Tunnel::gtp;
    case 3544: return Tunnel::teredo;
    case 5247: return Tunnel::capwap;
    case 37008: return Tunnel::tzsp;
    default: return Tunnel::none;
  }
}
constexpr Tunnel tunnel_to_port(uint16_t port) {
  switch (port) {
    case 4789:
    case 8472: return Tunnel::vxlan;  // IANA's, and Linux' from before there was one
    case 6081: return Tunnel::geneve;
    default: return tunnel_from_port(port);
  }
}

// Sorts out nearly every other port at once: each UDP packet's two are looked at.
constexpr uint64_t port_class(uint16_t port) { return uint64_t{1} << (port >> 2 & 63); }
constexpr uint64_t tunnel_port_classes = port_class(1701) | port_class(2152) | port_class(3544) | port_class(4789) | port_class(5247) |
                                         port_class(6081) | port_class(8472) | port_class(37008);

// Whether a packet of this protocol and these ports may be one of these tunnels.
inline bool may_be_tunnel(TunnelSet allowed, const PacketRecord& packet) {
  if (packet.protocol == protocol_tcp) return false;
  if (packet.protocol == protocol_udp) {
    if (!((port_class(packet.src_port) | port_class(packet.dst_port)) & tunnel_port_classes)) return false;
    return allowed & (only(tunnel_to_port(packet.dst_port)) | only(tunnel_from_port(packet.src_port)));
  }
  return (packet.protocol == protocol_gre && contains(allowed, Tunnel::gre)) || (packet.protocol == protocol_l2tp && contains(allowed, Tunnel::l2tp));
}

// What a tunnel's packet carries.
struct Inside {
  Tunnel tunnel = Tunnel::none;
  uint32_t vni = 0;
  IpHeader ip;                                // the innermost IP header
  IgnoreReason reason = IgnoreReason::none;   // how it decoded
};

// When the packet `outer` carries one of the tunnels that are allowed with a sound IP header in it, says so in `inside` and moves `frame`
// to that header. Otherwise false, and `frame` is unchanged.
bool enter_tunnel(Frame& frame, const IpHeader& outer, TunnelSet allowed, Inside& inside);

}  // namespace nfstream
