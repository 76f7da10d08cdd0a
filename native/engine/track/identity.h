// What names a flow beyond its key: where its first packet came from, and which connection it is a piece of.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/table/flow_record.h"

namespace nfstream {

struct Identity {
  uint64_t source;  // of the first packet: a number for the capture's name
  // Of the flow, once it has ended, and of the connection's first piece, once that has ended.
  uint8_t uid[16];
  uint8_t connection_uid[16];
  uint32_t part;  // pieces of the connection before this one
  bool has_ports;
  // Of the first packet: ICMP's type and code, or the ports of SCTP, which are not in the key.
  uint16_t ports[2];

  // The flow has ended: names it.
  void finish(const FlowRecord& flow);
};

// Bytes that are to be digested, one after the other; at most 128.
class DigestBytes {
 public:
  void add(const void* from, size_t count);
  // The lower `count` bytes of a number, the highest first.
  void number(uint64_t value, size_t count);
  const uint8_t* data() const { return bytes_; }
  size_t size() const { return size_; }

 private:
  uint8_t bytes_[128];
  size_t size_ = 0;
};

}  // namespace nfstream
