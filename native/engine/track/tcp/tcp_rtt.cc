#include "engine/track/tcp/tcp_rtt.h"

namespace nfstream {

// Of a SYN that was sent again it is the latest that counts, as in Wireshark: the answer to an earlier one would have kept it from being sent.
void TcpRtt::count(const TcpSegment& segment, int direction, int64_t time_ns) {
  if (has_client) return;
  if (segment.is_first_syn()) {
    // One that is captured behind its answer was late.
    if (has_syn_ack || (has_syn && direction != client)) return;
    client = static_cast<uint8_t>(direction);
    syn_sequence = segment.sequence;
    syn_ns = time_ns;
    has_syn = true;
  } else if (segment.is_syn_ack()) {
    if ((has_syn || has_syn_ack) && direction == client) return;
    if (has_syn && sequence_distance(segment.acknowledged, syn_sequence) <= 0) return;
    client = static_cast<uint8_t>(1 - direction);
    if (has_syn && !has_server) {
      server_ns = time_ns - syn_ns;
      has_server = true;
    }
    syn_ack_sequence = segment.sequence;
    syn_ack_ns = time_ns;
    has_syn_ack = true;
  } else if (has_syn_ack && direction == client && segment.has(tcp_ack) && !segment.has(tcp_syn) && !segment.has(tcp_rst) &&
             sequence_distance(segment.acknowledged, syn_ack_sequence) > 0) {
    client_ns = time_ns - syn_ack_ns;
    has_client = true;
  }
}

}  // namespace nfstream
