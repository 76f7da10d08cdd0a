// What TLS 1.3 derives keys with: HMAC (RFC 2104) and HKDF (RFC 5869, RFC 8446 7.1), with SHA-256. The ciphers of this folder are written
// out, since later releases of libndpi bring functions of their own under libgcrypt's names, and the engine links no library of ciphers.
#pragma once

#include <cstdint>
#include <string>

#include "engine/digest/sha256.h"
#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

class HmacSha256 {
 public:
  explicit HmacSha256(Span key);
  explicit HmacSha256(const Sha256Digest& key) : HmacSha256(Span{key.data(), key.size()}) {}

  Sha256Digest of(Span bytes) const;

 private:
  // Digests that the key has begun: a key is often used several times.
  Sha256State inner_;
  Sha256State outer_;
};

// HKDF-Expand-Label with an empty context: `size` bytes, at most 32, of the digest's 32.
Sha256Digest expand_label(const HmacSha256& secret, const std::string& label, uint8_t size);

}  // namespace nfstream::tls
