// A frame while it is being decoded: its captured bytes, and how far the layers before the next one reached.
#pragma once

#include <cstdint>

#include "engine/packet.h"
#include "engine/track/flow_tags.h"

namespace nfstream {

// What comes next in a frame: an EtherType, or a number that no EtherType can be.
constexpr uint32_t next_ipv4 = 0x0800;
constexpr uint32_t next_ipv6 = 0x86dd;
constexpr uint32_t next_mpls = 0x8847;
constexpr uint32_t next_mpls_multicast = 0x8848;
constexpr uint32_t next_pppoe_session = 0x8864;
constexpr uint32_t next_switch_tag = 0xdada;  // what Linux' switches of Marvell have by default
constexpr uint32_t next_bridged_ethernet = 0x6558;
constexpr uint32_t next_llc = 0x10000;     // an IEEE 802.2 header
constexpr uint32_t next_any_ip = 0x10001;  // IP of the version that its first bits tell

// IEEE 802.3: a type field below this is a length, and an 802.2 header follows.
constexpr uint32_t first_ethertype = 0x0600;

struct Frame {
  const uint8_t* bytes;
  uint32_t captured;  // at most 65,535, since a record's offsets have 16 bits
  uint32_t wire;      // at least `captured`
  uint32_t offset = 0;
  uint32_t type = next_any_ip;
  uint16_t vlan_id = 0;
  uint16_t src_mac = no_mac;
  uint16_t dst_mac = no_mac;
  // Where the tags that stand before a place of the frame are noted; null where nobody asks.
  FlowTags* tags = nullptr;
  uint32_t tags_end = 0;

  // Every read below is preceded by this check of the same bytes.
  bool has(uint32_t at, uint32_t count) const { return at <= captured && count <= captured - at; }
  uint8_t u8(uint32_t at) const { return bytes[at]; }
  uint16_t be16(uint32_t at) const { return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]); }
  uint16_t le16(uint32_t at) const { return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8); }
  uint32_t be32(uint32_t at) const { return uint32_t{be16(at)} << 16 | be16(at + 2); }
  uint32_t le32(uint32_t at) const { return uint32_t{le16(at + 2)} << 16 | le16(at); }

  void note_vlan() {
    if (tags != nullptr && offset < tags_end) tags->add_vlan(vlan_id);
  }
  void note_label() {
    if (tags != nullptr && offset < tags_end) tags->add_label(be32(offset) >> 12);
  }

  void set_macs(uint32_t source, uint32_t destination) {
    src_mac = static_cast<uint16_t>(source);
    dst_mac = static_cast<uint16_t>(destination);
  }
};

}  // namespace nfstream
