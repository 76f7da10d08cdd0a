// Later IP fragments in the flow of their first one.
#pragma once

#include "engine/decode/frame.h"
#include "engine/decode/ip.h"
#include "engine/table/fragment_table.h"

namespace nfstream {

// Notes a packet that was decoded when it is the first of several fragments, and fills in `record` for a later one whose first was noted.
// `ip` is the innermost IP header that was reached, `reason` how it decoded; returns how the packet counts now.
IgnoreReason relate_fragments(const Frame& frame, const IpHeader& ip, IgnoreReason reason, FragmentTable& table, PacketRecord& record);

}  // namespace nfstream
