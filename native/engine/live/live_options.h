// What a live capture is asked for, and what can be wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/decode/tunnel_set.h"

namespace nfstream {

struct LiveOptions {
  std::vector<std::string> devices;  // at least one; "any" is all of them
  std::string filter;                // of libpcap; empty keeps every packet
  bool promiscuous = true;
  uint32_t snapshot_length = 262144;
  uint32_t buffer_size = 32 << 20;  // bytes of the ring of each reader
  uint32_t readers = 1;             // sockets of each device, among which its packets are shared out by address pair, each with a thread and a ring
  bool immediate = false;           // no packet waits for its block of the ring to fill
  uint32_t retry_ms = 0;            // a device that went down or away is waited for, and looked for this often; 0 ends the capture
  TunnelSet tunnels = nfstream_tunnels;
  bool all_ports = false;
  bool count_fragments = false;
};

// The code is a FlowError code (lib/errors.ts); the text is one sentence, in which the device has its name.
struct LiveProblem {
  std::string code;
  std::string device;
  std::string text;
};

}  // namespace nfstream
