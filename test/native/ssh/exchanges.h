// Key exchanges of SSH, built byte by byte.
#pragma once

#include "dissect/packet_bytes.h"

namespace nfstream::test {

struct OfferedAlgorithms {
  Bytes kex;
  Bytes ciphers[2];  // to the server, to the client
  Bytes macs[2];
  Bytes compressions[2];
};

// A packet of SSH before there are keys.
inline Bytes ssh_packet(const Bytes& message) {
  const Bytes padding(4 + (8 - (5 + message.size() + 4) % 8) % 8, '\0');
  return sized32(be8(padding.size()) + message + padding);
}

inline Bytes key_exchange(const OfferedAlgorithms& offered) {
  Bytes lists = sized32(offered.kex) + sized32("ssh-ed25519");
  for (const auto* pair : {&offered.ciphers, &offered.macs, &offered.compressions}) lists += sized32((*pair)[0]) + sized32((*pair)[1]);
  return ssh_packet(be8(20) + Bytes(16, 'c') + lists + sized32("") + sized32("") + be8(0) + be32(0));
}

}  // namespace nfstream::test
