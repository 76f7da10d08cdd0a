// The ClientHello of TLS (RFC 8446, 4.1.2) and DTLS (RFC 9147, 5.3): what it asks for, and what a fingerprint needs of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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
  std::string alpn;                  // of all of them, commas between
  std::string server_name;           // the host that is asked for (RFC 6066, 3), in small letters
};

// RFC 8701: values that clients send to keep servers tolerant.
bool is_grease(uint16_t value);

// Reads the message's body (behind its type and length). False when it is none. An extension whose inside is broken counts by its type
// only.
bool parse_client_hello(Span body, bool dtls, ClientHello& hello);

// Such as "TLSv1.2"; empty for a number that no version has.
std::string_view version_name(uint16_t version);

}  // namespace nfstream::tls
