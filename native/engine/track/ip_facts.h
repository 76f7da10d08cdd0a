// What the first bytes behind and in an IP header say: time to live, class of service, fragments, and the kind of an ICMP message.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/packet.h"
#include "engine/table/flow_record.h"

namespace nfstream {

// Time to live (IPv4) or hop limit (IPv6). A direction has it as soon as it has a packet.
struct alignas(8) FlowTtl {
  uint8_t min[2];  // by direction: 0 source to destination, 1 back
  uint8_t max[2];

  // The flow counts the packet already; its IP header was captured.
  void count(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) {
    const uint8_t ttl = bytes[packet.l3_offset + (packet.ip_version() == 4 ? 8 : 7)];
    min[direction] = flow.packets[direction] == 1 ? ttl : std::min(min[direction], ttl);
    max[direction] = std::max(max[direction], ttl);
  }
};

// The differentiated services code point of the first packet of each direction.
struct alignas(8) FlowDscp {
  uint8_t code_point[2];

  // The flow counts the packet already; its IP header was captured.
  void count(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes, int direction) {
    if (flow.packets[direction] != 1) return;
    const uint8_t* header = bytes + packet.l3_offset;
    const int traffic_class = packet.ip_version() == 4 ? header[1] : (header[0] & 0x0f) << 4 | header[1] >> 4;
    code_point[direction] = static_cast<uint8_t>(traffic_class >> 2);
  }
};

// Packets of each direction that are IP fragments.
struct FlowFragments {
  uint64_t packets[2];
};

// Type and code of an ICMP or ICMPv6 message.
struct alignas(8) FlowIcmp {
  uint8_t type;
  uint8_t code;
  bool known;

  // Only the flow's first packet tells.
  void count(const FlowRecord& flow, const PacketRecord& packet, const uint8_t* bytes) {
    constexpr uint8_t icmp = 1, icmpv6 = 58;
    if (flow.total_packets() != 1 || (packet.protocol != icmp && packet.protocol != icmpv6)) return;
    if (packet.l4_offset == 0 || packet.l4_offset + 2u > packet.captured_length) return;
    type = bytes[packet.l4_offset];
    code = bytes[packet.l4_offset + 1];
    known = true;
  }
};

}  // namespace nfstream
