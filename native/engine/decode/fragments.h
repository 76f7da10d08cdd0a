// Later IP fragments in the flow of their first one.
#pragma once

#include "engine/decode/fragment_table.h"
#include "engine/decode/frame.h"
#include "engine/decode/ip.h"

namespace nfstream {

// `record` is that of a packet which is the first of several fragments by `ip`, its innermost IP header.
void note_first_fragment(const Frame& frame, const IpHeader& ip, FragmentTable& table, const PacketRecord& record);

// Fills in the record of a later fragment when its first one was noted, or returns false. The record tells its tunnel already.
bool join_first_fragment(const Frame& frame, const IpHeader& ip, const FragmentTable& table, PacketRecord& record);

}  // namespace nfstream
