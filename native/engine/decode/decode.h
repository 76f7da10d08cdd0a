// One packet's bytes to one PacketRecord: link layers, tags, IP, tunnels, transport. Done once, by the source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/decode/tunnel_set.h"
#include "engine/packet.h"

namespace nfstream {

class FragmentTable;
struct FlowTags;

struct DecodeOptions {
  // Tunnels inside tunnels are opened when a kind that nfstream does not open is among them.
  TunnelSet tunnels = nfstream_tunnels;
  // Of the packets before, so that later fragments belong to their first one's flow; null where they are ignored.
  FragmentTable* fragments = nullptr;
  // Of SCTP, DCCP and UDP-Lite the ports, too, which nfstream takes as 0.
  bool all_ports = false;
};

// Fills every field of `record` from l3_offset on that the packet's bytes tell (ip_size, tunnel_vni, l3_offset ... ignore_reason,
// without link_type, time_resolution and interface_id). `record` must hold wire_length, captured_length and link_type;
// `bytes` are exactly captured_length bytes. Never reads beyond them.
void decode(const uint8_t* bytes, const DecodeOptions& options, PacketRecord& record);

// Notes the tags that stand before the IP header which `record` tells of, outside of its tunnels too. Nothing in `record` is believed.
void note_tags(const uint8_t* bytes, const PacketRecord& record, FlowTags& tags);

// Whether the innermost IP packet is a part of one, its first or a later one. Its header was captured; nothing else in `record` is believed.
bool is_fragment(const uint8_t* bytes, const PacketRecord& record);

}  // namespace nfstream
