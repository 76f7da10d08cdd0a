// What TLS 1.3 derives keys with: HMAC (RFC 2104) and HKDF (RFC 5869, RFC 8446 7.1), with SHA-256. The ciphers of this folder are written
// out, since later releases of libndpi bring functions of their own under libgcrypt's names, and the engine links no library of ciphers.
#pragma once

#include <cstdint>
#include <string>

#include "engine/digest/sha256.h"
#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

Sha256Digest hmac_sha256(Span key, Span bytes);

// HKDF-Expand-Label with an empty context: `size` bytes, at most 32, of the digest's 32.
Sha256Digest expand_label(const Sha256Digest& secret, const std::string& label, uint8_t size);

}  // namespace nfstream::tls
