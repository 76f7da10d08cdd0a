// The round trips of a TCP connection's handshake, seen from where it was captured: to the server (SYN to SYN with ACK), and to the client (to its ACK).
#pragma once

#include <cstdint>

#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

struct TcpRtt {
  int64_t syn_ns;      // of the latest SYN
  int64_t syn_ack_ns;  // of the latest SYN with ACK
  int64_t server_ns;
  int64_t client_ns;
  uint32_t syn_sequence;
  uint32_t syn_ack_sequence;
  uint8_t client;  // the direction that it sends in
  bool has_syn;
  bool has_syn_ack;
  bool has_server;
  bool has_client;

  void count(const TcpSegment& segment, int direction, int64_t time_ns);
};

}  // namespace nfstream
