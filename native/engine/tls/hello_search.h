// Looks for the first ClientHello of a flow in its packets: in TCP over several segments and records, in QUIC's Initial packets, in
// DTLS over several fragments. A facet of a flow: it begins as zeros, and what it has gathered is freed when the hello is whole.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/tls/byte_reader.h"
#include "engine/tls/ja4.h"
#include "engine/tls/quic_initial.h"
#include "engine/tls/reassembly.h"

namespace nfstream::tls {

class HelloSearch {
 public:
  // `transport` is a transport header and its payload, as far as captured.
  void add(uint8_t protocol, Span transport);
  void release();

  // A hello has begun and is not whole.
  bool under_way() const { return work_ != nullptr; }
  // JA4 of the hello, empty until it is whole.
  std::string_view ja4() const { return {fingerprint_, length_}; }

 private:
  struct Work {
    uint32_t sender = 0;  // both ports, the sender's first
    uint32_t origin = 0;  // TCP: number of the stream's first byte; DTLS: number of the message
    uint32_t length = 0;  // DTLS: of the message
    QuicInitials initials;
    Reassembly stream;
  };
  // Where the bytes of a TCP connection begin, as its SYNs say.
  struct Beginning {
    uint32_t sender;
    uint32_t number;
    bool open;  // nothing of it was seen
  };

  void begin();
  void give_up();
  void add_tcp(Span segment);
  void add_udp(Span datagram);
  void add_dtls(uint32_t sender, Span payload);
  bool begin_tcp(uint32_t sender, uint32_t number, Span payload);
  void check_records();
  void check_message(Span message, Transport transport);
  void read_hello(Span body, Transport transport);

  Work* work_;
  char* fingerprint_;
  uint32_t length_;
  Beginning beginnings_[2];
};

}  // namespace nfstream::tls
