// From a packet that carries a tunnel to the innermost IP header of what it carries.
#pragma once

#include "engine/decode/frame.h"
#include "engine/decode/ip.h"
#include "engine/decode/tunnel_headers.h"
#include "engine/decode/tunnel_set.h"

namespace nfstream {

// One row of the table of tunnels.
struct TunnelKind {
  Tunnel kind;
  // Takes the tunnel's header off what UDP carries from or to these ports; 0 is none.
  bool (*strip_udp)(Encapsulated&) = nullptr;
  uint16_t ports[2] = {};
  // The sender of VXLAN and Geneve takes its own port from the inner flow: only what goes to their ports is theirs.
  bool only_to_port = false;
  // Takes the tunnel's header off what IP carries with this protocol number; 0 is none.
  bool (*strip_ip)(Encapsulated&) = nullptr;
  uint8_t protocol = 0;
  // Whether the header names the network that a packet is in, the same in both directions.
  bool has_network = false;
};

// THE table of tunnels: what is a tunnel's packet, and how it is opened, follows from it.
constexpr TunnelKind tunnel_kinds[] = {
    {Tunnel::gtp, strip_gtp, {2152}},
    {Tunnel::capwap, strip_capwap, {5247}},
    {Tunnel::tzsp, strip_tzsp, {37008}},
    {Tunnel::l2tp, strip_l2tp_udp, {1701}, false, strip_l2tp_ip, protocol_l2tp},
    {Tunnel::vxlan, strip_vxlan, {4789, 8472}, true, nullptr, 0, true},  // IANA's port, and Linux' from before there was one
    {Tunnel::geneve, strip_geneve, {6081}, true, nullptr, 0, true},
    {Tunnel::gre, nullptr, {}, false, strip_gre, protocol_gre},
    {Tunnel::teredo, strip_teredo, {3544}},
};

// Sorts out nearly every other port at once: each UDP packet's two are looked at.
constexpr uint64_t port_class(uint16_t port) { return uint64_t{1} << (port >> 2 & 63); }
constexpr uint64_t tunnel_port_classes = [] {
  uint64_t classes = 0;
  for (const TunnelKind& row : tunnel_kinds) {
    for (const uint16_t port : row.ports) classes |= port == 0 ? 0 : port_class(port);
  }
  return classes;
}();

// The kinds that IP carries without UDP.
constexpr TunnelSet tunnels_over_ip = [] {
  TunnelSet kinds = no_tunnels;
  for (const TunnelKind& row : tunnel_kinds) kinds |= row.protocol == 0 ? no_tunnels : only(row.kind);
  return kinds;
}();

// The tunnel that a packet of this protocol or these UDP ports may belong to, or null.
const TunnelKind* tunnel_of_protocol(uint8_t protocol);
const TunnelKind* tunnel_to_port(uint16_t port);
const TunnelKind* tunnel_from_port(uint16_t port);

// Whether a packet of this protocol and these ports may be one of these tunnels.
inline bool may_be_tunnel(TunnelSet allowed, const PacketRecord& packet) {
  const auto is_allowed = [allowed](const TunnelKind* found) { return found != nullptr && contains(allowed, found->kind); };
  if (packet.protocol == protocol_tcp) return false;
  if (packet.protocol != protocol_udp) return (allowed & tunnels_over_ip) && is_allowed(tunnel_of_protocol(packet.protocol));
  if (!((port_class(packet.src_port) | port_class(packet.dst_port)) & tunnel_port_classes)) return false;
  return is_allowed(tunnel_to_port(packet.dst_port)) || is_allowed(tunnel_from_port(packet.src_port));
}

// What a tunnel's packet carries.
struct Inside {
  const TunnelKind* tunnel = nullptr;
  uint32_t vni = 0;
  IpHeader ip;                               // the innermost IP header
  IgnoreReason reason = IgnoreReason::none;  // how it decoded
};

// When the packet `outer` carries one of the tunnels that are allowed with a sound IP header in it, says so in `inside` and moves `frame`
// to that header. Otherwise false, and `frame` is unchanged.
bool enter_tunnel(Frame& frame, const IpHeader& outer, TunnelSet allowed, Inside& inside);

}  // namespace nfstream
