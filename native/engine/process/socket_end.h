// One end of a flow as the system may know it: a socket that is at the local end of this protocol, addresses and ports.
#pragma once

#include <cstdint>

namespace nfstream {

struct SocketEnd {
  uint8_t protocol;    // TCP or UDP
  uint8_t ip_version;  // 4 or 6; of an IPv4 address the first four bytes count
  uint16_t local_port;
  uint16_t remote_port;
  uint8_t local[16];
  uint8_t remote[16];
};

// The same flow from its other end.
inline SocketEnd other_end(const SocketEnd& end) {
  SocketEnd other = end;
  other.local_port = end.remote_port;
  other.remote_port = end.local_port;
  for (int i = 0; i < 16; i++) {
    other.local[i] = end.remote[i];
    other.remote[i] = end.local[i];
  }
  return other;
}

}  // namespace nfstream
