// The tunnels that run over UDP: GTP-U, CAPWAP data and TZSP.
#pragma once

#include "engine/decode/frame.h"
#include "engine/decode/ip.h"

namespace nfstream {

// nfstream's numbers.
enum class Tunnel : uint8_t { none = 0, gtp = 1, capwap = 2, tzsp = 3 };

// Whether a UDP packet with one of these ports may be a tunnel's.
inline bool tunnel_port(uint16_t port) { return port == 2152 || port == 5247 || port == 37008; }

// When the UDP packet `outer` (at least its ports captured) carries a tunnel's header with a sound IP header in it: which tunnel, the
// innermost IP header in `inner`, how it decoded in `reason`, and `frame` moved to it. Otherwise Tunnel::none, and `frame` is unchanged.
Tunnel enter_tunnel(Frame& frame, const IpHeader& outer, IpHeader& inner, IgnoreReason& reason);

}  // namespace nfstream
