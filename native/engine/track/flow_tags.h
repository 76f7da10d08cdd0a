// The stacks of tags around a flow's first packet.
#pragma once

#include <cstdint>

namespace nfstream {

struct alignas(8) FlowTags {
  // Nobody runs more; a frame that has more tells of its first ones.
  static constexpr uint8_t most = 8;

  uint32_t labels[most];  // MPLS, from the outside in
  uint16_t vlans[most];   // 802.1Q, from the outside in
  uint8_t label_count;
  uint8_t vlan_count;

  void add_label(uint32_t label) {
    if (label_count < most) labels[label_count++] = label;
  }
  void add_vlan(uint16_t vlan) {
    if (vlan_count < most) vlans[vlan_count++] = vlan;
  }
};

}  // namespace nfstream
