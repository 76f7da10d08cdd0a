// The kinds of tunnel that can be looked into, and sets of them.
#pragma once

#include <cstdint>

namespace nfstream {

// nfstream's numbers as far as it has names (it opens only the first three), then our own: append only.
enum class Tunnel : uint8_t { none = 0, gtp, capwap, tzsp, l2tp, vxlan, geneve, gre, teredo, count };

// One bit for each kind.
using TunnelSet = uint16_t;

constexpr TunnelSet only(Tunnel tunnel) { return static_cast<TunnelSet>(1u << static_cast<unsigned>(tunnel)); }
constexpr bool contains(TunnelSet set, Tunnel tunnel) { return set & only(tunnel); }

constexpr TunnelSet no_tunnels = 0;
constexpr TunnelSet nfstream_tunnels = only(Tunnel::gtp) | only(Tunnel::capwap) | only(Tunnel::tzsp);
constexpr TunnelSet all_tunnels = static_cast<TunnelSet>(only(Tunnel::count) - 1 - only(Tunnel::none));

}  // namespace nfstream
