// What may stand between a link layer and IP: VLAN tags, MPLS labels, PPPoE, LLC/SNAP, in any order.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

// Moves frame.offset to an IP header; frame.type is then next_ipv4, next_ipv6 or next_any_ip.
IgnoreReason strip_tags(Frame& frame);

}  // namespace nfstream
