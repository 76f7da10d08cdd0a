// A packet of a batch as meters take it. Nothing in a batch is trusted: what lies outside the slab or the packet is cut off or makes the packet ignored.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/packet.h"
#include "engine/prefetch.h"
#include "engine/table/flow_hash.h"
#include "engine/table/flow_key.h"

namespace nfstream {

// A copy, since the batch may be changed while it is read.
struct PreparedPacket {
  PacketRecord packet;
  KeyedPacket keyed;
  const uint8_t* bytes;  // its captured bytes
  uint64_t source;       // where it came from: a number for the capture's name
  int64_t now_ns;        // at which it is counted: its own time, or the clock's if that is later
  uint64_t number;       // among all packets that were fed, from 1
  uint32_t hash;
  uint32_t meter;  // whose it is, where there are several
};

// Copies a packet, and tells why it is ignored; of one that is not, all but the time and number, which are the clock's (RunClock), and the
// meter.
inline IgnoreReason prepare(const PacketBatchView& packets, size_t at, const FlowHash& hash, PreparedPacket& out) {
  PacketRecord& packet = out.packet;
  packet = packets.records[at];
  const auto reason =
      packet.ignore_reason < static_cast<uint8_t>(IgnoreReason::count) ? static_cast<IgnoreReason>(packet.ignore_reason) : IgnoreReason::malformed;
  if (reason != IgnoreReason::none) return reason;
  if (packet.data_offset > packets.data_size) return IgnoreReason::malformed;
  packet.captured_length = static_cast<uint32_t>(std::min<size_t>(packet.captured_length, packets.data_size - packet.data_offset));
  const uint32_t header = packet.ip_version() == 4 ? 20 : packet.ip_version() == 6 ? 40 : UINT32_MAX;
  if (packet.captured_length < header || packet.l3_offset > packet.captured_length - header) return IgnoreReason::malformed;
  out.bytes = packets.data + packet.data_offset;
  out.source = packets.source_of(packet);
  out.keyed = key_of(packet, out.bytes + packet.l3_offset);
  out.hash = hash(out.keyed.key);
  return IgnoreReason::none;
}

// The addresses of a packet, from the first byte to the last, which lie in two lines of the cache half the time.
inline void prefetch_addresses(const uint8_t* l3) {
  prefetch(l3 + 8);
  prefetch(l3 + 39);
}

// Another thread has read the packets, so that their bytes are in another core's cache.
inline void prefetch_header(const PacketBatchView& packets, size_t at) {
  if (at >= packets.count) return;
  const PacketRecord& packet = packets.records[at];
  if (packet.data_offset < packets.data_size) prefetch_addresses(packets.data + packet.data_offset + packet.l3_offset);
}

}  // namespace nfstream
