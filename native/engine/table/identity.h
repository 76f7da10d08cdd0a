// What names a flow beyond its key: where its first packet came from, and which connection it is a piece of.
#pragma once

#include <cstdint>

namespace nfstream {

struct Identity {
  uint64_t source;           // of the first packet: a number for the capture's name
  int64_t connection_ns;     // first packet of the connection's first piece
  uint64_t connection_source;
  uint32_t part;             // pieces of the connection before this one
  bool connection_source_is_larger;
  bool has_ports;
  // Of the first packet: ICMP's type and code, or the ports of SCTP, which are not in the key.
  uint16_t ports[2];
};

}  // namespace nfstream
