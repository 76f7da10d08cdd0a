// One packet's bytes to one PacketRecord: link layers, tags, IP, tunnels, transport. Done once, by the source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/decode/tunnel_set.h"
#include "engine/packet.h"

namespace nfstream {

class FragmentTable;

struct DecodeOptions {
  // Tunnels inside tunnels are opened when a kind that nfstream does not open is among them.
  TunnelSet tunnels = nfstream_tunnels;
  // Of the packets before, so that later fragments belong to their first one's flow; null where they are ignored.
  FragmentTable* fragments = nullptr;
};

// Fills every field of `record` from l3_offset on that the packet's bytes tell (ip_size, tunnel_vni, l3_offset ... ignore_reason,
// without link_type, time_resolution and interface_id). `record` must hold wire_length, captured_length and link_type;
// `bytes` are exactly captured_length bytes. Never reads beyond them.
void decode(const uint8_t* bytes, const DecodeOptions& options, PacketRecord& record);

}  // namespace nfstream
