#include "engine/tls/key_derivation.h"

#include <cstring>
#include <vector>

namespace nfstream::tls {

namespace {

constexpr size_t block_size = 64;

}  // namespace

Sha256Digest hmac_sha256(Span key, Span bytes) {
  uint8_t padded[block_size] = {};
  if (key.size > block_size) {
    const Sha256Digest hashed = sha256(key.data, key.size);
    std::memcpy(padded, hashed.data(), hashed.size());
  } else if (key.size > 0) {
    std::memcpy(padded, key.data, key.size);
  }
  std::vector<uint8_t> inner(block_size);
  std::vector<uint8_t> outer(block_size);
  for (size_t i = 0; i < block_size; i++) {
    inner[i] = padded[i] ^ 0x36;
    outer[i] = padded[i] ^ 0x5c;
  }
  inner.insert(inner.end(), bytes.data, bytes.data + bytes.size);
  const Sha256Digest digest = sha256(inner.data(), inner.size());
  outer.insert(outer.end(), digest.begin(), digest.end());
  return sha256(outer.data(), outer.size());
}

Sha256Digest expand_label(const Sha256Digest& secret, const std::string& label, uint8_t size) {
  const std::string full = "tls13 " + label;
  std::string info = {'\0', static_cast<char>(size), static_cast<char>(full.size())};
  info += full;
  info += '\0';
  info += '\1';
  return hmac_sha256({secret.data(), secret.size()}, {reinterpret_cast<const uint8_t*>(info.data()), info.size()});
}

}  // namespace nfstream::tls
