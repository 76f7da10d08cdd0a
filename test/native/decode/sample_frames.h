// One frame of each kind that is read: what the tests of every layer, of truncation and of damage go through.
#pragma once

#include <string>
#include <vector>

#include "decode/packet_builder.h"

namespace nfstream::test {

struct SampleFrame {
  std::string name;
  unsigned link_type;
  Bytes bytes;
  unsigned l3_offset;  // of the innermost IP header, which carries TCP or UDP from port 1111 to 2222
  unsigned ip_version = 4;
  unsigned vlan_id = 0;
  unsigned tunnel_id = 0;
  unsigned src_mac = no_mac;
  unsigned dst_mac = no_mac;
  uint32_t tunnel_vni = 0;
};

const std::vector<SampleFrame>& sample_frames();

}  // namespace nfstream::test
