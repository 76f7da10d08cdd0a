// What makes two packets belong to one flow: addresses, ports, protocol, VLAN and tunnel, the same in both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/packet.h"

namespace nfstream {

// A key's word of ports, VLAN, protocol, tunnel and IP version.
struct KeyFields {
  uint64_t word;

  uint16_t port(bool larger) const { return static_cast<uint16_t>(word >> (larger ? 16 : 0)); }
  uint16_t vlan_id() const { return static_cast<uint16_t>(word >> 32); }
  uint8_t protocol() const { return static_cast<uint8_t>(word >> 48); }
  uint8_t tunnel_id() const { return static_cast<uint8_t>((word >> 56) & 0x0f); }
  uint8_t ip_version() const { return static_cast<uint8_t>(word >> 60); }
};

struct FlowKey {
  // The smaller endpoint's address, the larger one's, then ports, VLAN, protocol, tunnel and IP version in one word, and the tunnel's network.
  uint64_t words[6];

  bool operator==(const FlowKey& other) const { return std::memcmp(words, other.words, sizeof words) == 0; }

  const uint8_t* address(bool larger) const { return reinterpret_cast<const uint8_t*>(&words[larger ? 2 : 0]); }
  // Tells pairs of addresses apart well enough to share them out. Not seeded: what a run gives must not change from run to run.
  uint64_t address_pair() const {
    const uint64_t mixed = (words[0] ^ words[2] * 0x9e3779b97f4a7c15) + (words[1] ^ words[3] * 0xc2b2ae3d27d4eb4f);
    return (mixed * 0xd6e8feb86659fd93) >> 32;
  }
  KeyFields fields() const { return {words[4]}; }
  uint16_t port(bool larger) const { return fields().port(larger); }
  uint8_t ip_version() const { return fields().ip_version(); }
};

// The key of a packet and whether its sender is the larger endpoint.
struct KeyedPacket {
  FlowKey key;
  bool sender_is_larger;
};

// `l3` points at an IP header whose addresses were captured.
inline KeyedPacket key_of(const PacketRecord& packet, const uint8_t* l3) {
  uint64_t source[2] = {};
  uint64_t destination[2] = {};
  int order;
  if (packet.ip_version() == 4) {
    std::memcpy(source, l3 + 12, 4);
    std::memcpy(destination, l3 + 16, 4);
    const auto number = [](const uint8_t* bytes) { return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3]; };
    const uint32_t one = number(l3 + 12);
    const uint32_t other = number(l3 + 16);
    order = one > other ? 1 : one < other ? -1 : 0;
  } else {
    std::memcpy(source, l3 + 8, 16);
    std::memcpy(destination, l3 + 24, 16);
    order = std::memcmp(source, destination, 16);
  }
  const bool larger = order > 0 || (order == 0 && packet.src_port > packet.dst_port);
  KeyedPacket keyed;
  keyed.sender_is_larger = larger;
  for (size_t word = 0; word < 2; word++) {
    keyed.key.words[word] = larger ? destination[word] : source[word];
    keyed.key.words[2 + word] = larger ? source[word] : destination[word];
  }
  const uint64_t small_port = larger ? packet.dst_port : packet.src_port;
  const uint64_t large_port = larger ? packet.src_port : packet.dst_port;
  keyed.key.words[4] = small_port | large_port << 16 | uint64_t{packet.vlan_id} << 32 | uint64_t{packet.protocol} << 48 | uint64_t{packet.tunnel_id()} << 56 |
                       uint64_t{packet.ip_version()} << 60;
  keyed.key.words[5] = packet.tunnel_vni;
  return keyed;
}

}  // namespace nfstream
