// What may stand between a link layer and IP, in any order: VLAN tags, MPLS labels and the frames of their pseudowires, PPPoE, LLC/SNAP, tags of switches
// and fabrics, and headers with a whole Ethernet frame behind them.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

// Moves frame.offset to an IP header; frame.type is then next_ipv4, next_ipv6 or next_any_ip.
IgnoreReason strip_tags(Frame& frame);

// A SNAP header: an organisation, and a type as it has them.
constexpr uint32_t snap_size = 5;
inline uint32_t snap_organisation(const Frame& frame, uint32_t at) { return uint32_t{frame.be16(at)} << 8 | frame.u8(at + 2); }
// Only of the two organisations that carry EtherTypes: RFC 1042's, and the bridge tunnel's.
IgnoreReason strip_snap(Frame& frame);

// The four bytes of Marvell's switches, and the type behind them. They stand for the 802.1Q tag of a frame that had one.
IgnoreReason strip_switch_tag(Frame& frame);

}  // namespace nfstream
