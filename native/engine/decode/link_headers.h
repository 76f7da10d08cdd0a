// The headers of the link types that are more than an address and a type, for their table (link.cc). As the functions of link.h.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

// Radio frames.
IgnoreReason strip_radiotap(Frame& frame);
IgnoreReason unwrap_ppi(Frame& frame, uint32_t& link_type);
IgnoreReason unwrap_prism(Frame& frame, uint32_t& link_type);
IgnoreReason unwrap_avs(Frame& frame, uint32_t& link_type);

// Lines.
IgnoreReason strip_frame_relay(Frame& frame);
IgnoreReason strip_atm(Frame& frame);

// What firewalls log.
IgnoreReason strip_nflog(Frame& frame);
IgnoreReason strip_pflog(Frame& frame);
IgnoreReason strip_enc(Frame& frame);

// What capturing machines and programs put in front.
IgnoreReason unwrap_pktap(Frame& frame, uint32_t& link_type);
IgnoreReason unwrap_juniper_ether(Frame& frame, uint32_t& link_type);
IgnoreReason strip_exported_pdu(Frame& frame);

// The type by an address family, of which each system has its own number for IPv6.
inline IgnoreReason set_family(Frame& frame, uint32_t family) {
  switch (family) {
    case 2: frame.type = next_ipv4; return IgnoreReason::none;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30: frame.type = next_ipv6; return IgnoreReason::none;
    default: return IgnoreReason::not_ip;
  }
}

// A family in the byte order of whatever machine captured.
inline uint32_t family_at(const Frame& frame, uint32_t at) {
  const uint32_t big = frame.be32(at);
  return big < 0x10000 ? big : frame.le32(at);
}

}  // namespace nfstream
