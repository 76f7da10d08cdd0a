// What became of a TCP connection: Zeek's conn_state and history, from the headers alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/track/seen_bytes.h"
#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

enum class EndpointState : uint8_t { inactive, syn_sent, syn_ack_sent, partial, established, closed, reset };

struct TcpEndpoint {
  EndpointState state;
  EndpointState before;
  uint8_t noted;  // letters that the history has already
  bool has_fin;
  uint32_t start;         // sequence number of the SYN, or of where it would have been
  uint32_t last;          // behind the furthest segment
  uint32_t acknowledged;  // by the peer
  uint32_t fin_end;       // behind the last FIN
  uint32_t noted_syn;     // sequence numbers of the flags last noted
  uint32_t noted_fin;
  uint32_t noted_rst;
  uint32_t retransmissions;
  uint32_t zero_windows;
  uint32_t gaps;
  SeenBytes seen;

  void become(EndpointState next);
  bool is_quiet() const { return state == EndpointState::inactive || state == EndpointState::partial; }
  bool is_clean() const { return state == EndpointState::established || (state == EndpointState::closed && before == EndpointState::established); }
  bool sent_nothing() const;
};

class alignas(8) TcpState {
 public:
  // A segment of the flow, from its source (0) or its destination (1), with the ports of its sender and its receiver.
  void count(const TcpSegment& segment, int direction, uint16_t from_port, uint16_t to_port);

  const char* conn_state() const;
  // At most 48 letters; what comes later is left out.
  std::string_view history() const { return {history_, letters_}; }
  // 0 the flow's source, 1 its destination.
  int originator() const { return originator_; }

 private:
  void choose_originator(const TcpSegment& segment, int direction, uint16_t from_port, uint16_t to_port);
  void originate(int direction);
  void note(char letter, int direction);
  // Notes the 1st, the 10th, the 100th, ... time.
  void note_by_tens(char letter, int direction, uint32_t& times);
  void note_flags(const TcpSegment& segment, int direction);
  void move_on(const TcpSegment& segment, int direction);
  void advance(const TcpSegment& segment, int direction);
  void begin(const TcpSegment& segment, int direction);

  static constexpr size_t most_letters = 48;
  TcpEndpoint endpoints_[2];  // by direction of the flow
  bool begun_;
  uint8_t originator_;
  uint8_t letters_;
  char history_[most_letters];
};

}  // namespace nfstream
