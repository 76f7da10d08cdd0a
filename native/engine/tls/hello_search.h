// Looks for the first ClientHello of a flow in its packets: in TCP over several segments and records, in QUIC's Initial packets, in
// DTLS over several fragments. A track of a flow: it begins as zeros, and what it has gathered is freed when the hello is whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tls/byte_reader.h"
#include "engine/tls/ja4.h"
#include "engine/tls/quic_initial.h"
#include "engine/tls/reassembly.h"

namespace nfstream::tls {

// The type of a record of TLS or DTLS with handshake messages.
constexpr uint8_t handshake_record = 22;

// What is kept of a hello.
struct FoundHello {
  Transport transport;
  uint16_t version;  // as nDPI tells it: legacy_version, of QUIC always that of TLS 1.3
  std::string server_name;
  std::string alpn;  // protocols, commas between
  std::string ja4;   // empty unless it was asked for
};

struct HelloOptions {
  bool with_ja4 = false;
  // Initial packets of QUIC are kept closed for now: to open one costs as much as a short dissection, and the name may come from there.
  bool may_wait = false;
};

class HelloSearch {
 public:
  // Whether a packet whose payload begins with this byte may tell something: most cannot.
  bool wants(uint8_t protocol, int direction, uint8_t first) const {
    if (holds_ == Holds::hello) return false;
    if (first == handshake_record) return true;
    return protocol == tcp ? holds_ == Holds::work || has_beginning_[direction] : (first & 0xc0) == 0xc0;
  }
  // A flow's packet: its direction, and the transport header with its payload, as far as captured.
  void add(uint8_t protocol, int direction, Span transport, HelloOptions options);
  // Opens what was kept closed.
  void finish();
  // What has begun will not be waited for.
  void give_up();
  void release();

  // A hello has begun and is not whole.
  bool under_way() const { return holds_ == Holds::work; }
  // Null until the hello is whole.
  const FoundHello* hello() const { return holds_ == Holds::hello ? hello_ : nullptr; }
  // An Initial packet of QUIC was opened, which nothing but QUIC can be.
  bool is_quic() const { return is_quic_; }

 private:
  static constexpr uint8_t tcp = 6;
  static constexpr uint8_t udp = 17;

  // Where the bytes of a TCP connection begin, by direction, as its SYNs say.
  struct Beginnings {
    uint32_t number[2];
  };

  struct Work {
    Beginnings beginnings;
    int sender = 0;       // direction of what is put together
    uint32_t origin = 0;  // TCP: number of the stream's first byte; DTLS: number of the message
    uint32_t length = 0;  // DTLS: of the message
    QuicInitials initials;
    Reassembly stream;
    // Datagrams of QUIC that wait, each behind its direction and its length.
    std::vector<uint8_t> closed;
  };

  void begin();
  void add_tcp(int direction, Span segment);
  void add_udp(int direction, Span datagram, HelloOptions options);
  void add_dtls(int direction, Span payload);
  void keep_closed(int direction, Span datagram);
  void open_initials(int direction, Span datagram);
  bool begin_tcp(int direction, uint32_t number, Span payload);
  void check_records();
  void check_message(Span message, Transport transport);
  void read_hello(Span body, Transport transport);

  Beginnings& beginnings() { return holds_ == Holds::work ? work_->beginnings : beginnings_; }

  // Every open flow has one of these.
  enum class Holds : uint8_t { beginnings, work, hello };
  union {
    Beginnings beginnings_;
    Work* work_;
    FoundHello* hello_;
  };
  Holds holds_;
  bool has_beginning_[2];  // while nothing of its bytes was seen
  bool is_quic_;
  bool with_ja4_;
};

}  // namespace nfstream::tls
