// QUIC's Initial packets from a client: their keys follow from the connection id that the client chose (RFC 9001, 5.2; RFC 9369), so that
// the ClientHello in their CRYPTO frames can be read by everyone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/tls/aes128.h"
#include "engine/tls/byte_reader.h"
#include "engine/tls/reassembly.h"

namespace nfstream::tls {

class QuicInitials {
 public:
  // Opens the Initial packets of a datagram, if the client sent them, and adds their CRYPTO frames to the stream. Whether one could be
  // opened.
  bool add(int direction, Span datagram, Reassembly& stream);

 private:
  struct Keys {
    Aes128 packet;
    Aes128 header;
    std::array<uint8_t, 12> iv;
  };
  struct Packet {
    Span connection;   // destination's id
    Span whole;        // from the first byte to the end of the payload
    size_t number_at;  // where the protected packet number begins
  };
  struct Version;

  static const Version* version_of(uint32_t number);
  static Keys keys_of(const Version& version, Span connection);
  static bool open(const Keys& keys, const Packet& packet, std::vector<uint8_t>& opened);
  bool add_packet(int direction, const Version& version, const Packet& packet, Reassembly& stream);

  std::unique_ptr<Keys> keys_;  // of the first packet that was opened: later ones may have another id
  int client_ = 0;              // direction of that packet
  unsigned failures_ = 0;       // packets that their own keys did not open
};

// Whether a datagram begins like one with an Initial packet of a version that is known here.
bool is_quic_initial(Span datagram);

}  // namespace nfstream::tls
