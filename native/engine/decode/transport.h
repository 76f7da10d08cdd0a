// Ports, flags and sizes of the transport layer.
#pragma once

#include <algorithm>

#include "engine/decode/ip.h"
#include "engine/packet.h"

namespace nfstream {

// What a record's 16 bits can tell of a size.
inline uint16_t clip16(uint32_t value) { return static_cast<uint16_t>(std::min<uint32_t>(value, UINT16_MAX)); }

IgnoreReason read_transport(const Frame& frame, const IpHeader& ip, PacketRecord& record);

}  // namespace nfstream
