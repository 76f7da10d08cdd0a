// Ports, flags and sizes of the transport layer.
#pragma once

#include "engine/decode/ip.h"
#include "engine/packet.h"

namespace nfstream {

// Ports are those of TCP and UDP, with `all_ports` those of SCTP, DCCP and UDP-Lite, too.
IgnoreReason read_transport(const Frame& frame, const IpHeader& ip, bool all_ports, PacketRecord& record);

}  // namespace nfstream
