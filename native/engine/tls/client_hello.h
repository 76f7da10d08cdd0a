// The ClientHello of TLS (RFC 8446, 4.1.2) and DTLS (RFC 9147, 5.3), as a fingerprint needs it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

struct ClientHello {
  uint16_t version = 0;              // legacy_version
  std::vector<uint16_t> ciphers;     // all lists in the order in which they are sent, without GREASE
  std::vector<uint16_t> extensions;  // their types
  std::vector<uint16_t> versions;    // supported_versions
  std::vector<uint16_t> signatures;  // signature_algorithms
  std::string first_alpn;            // bytes of the first protocol that is offered
};

// RFC 8701: values that clients send to keep servers tolerant.
bool is_grease(uint16_t value);

// Reads the message's body (behind its type and length). False when it is none. An extension whose inside is broken counts by its type
// only.
bool parse_client_hello(Span body, bool dtls, ClientHello& hello);

}  // namespace nfstream::tls
