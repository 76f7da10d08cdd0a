// Ports, flags and sizes of the transport layer.
#pragma once

#include "engine/decode/ip.h"
#include "engine/packet.h"

namespace nfstream {

IgnoreReason read_transport(const Frame& frame, const IpHeader& ip, PacketRecord& record);

}  // namespace nfstream
