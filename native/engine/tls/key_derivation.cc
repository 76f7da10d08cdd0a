#include "engine/tls/key_derivation.h"

#include <cstring>

namespace nfstream::tls {

namespace {

// The state after the key, filled up to a block and mixed with one byte.
Sha256State after_key(Span key, uint8_t mixed) {
  uint8_t block[sha256_block_size];
  std::memset(block, mixed, sizeof block);
  for (size_t i = 0; i < key.size; i++) block[i] ^= key.data[i];
  Sha256State state = sha256_start;
  sha256_add_block(state, block);
  return state;
}

}  // namespace

HmacSha256::HmacSha256(Span key) {
  Sha256Digest hashed;
  if (key.size > sha256_block_size) {
    hashed = sha256(key.data, key.size);
    key = {hashed.data(), hashed.size()};
  }
  inner_ = after_key(key, 0x36);
  outer_ = after_key(key, 0x5c);
}

Sha256Digest HmacSha256::of(Span bytes) const {
  const Sha256Digest digest = sha256_finish(inner_, sha256_block_size, bytes.data, bytes.size);
  return sha256_finish(outer_, sha256_block_size, digest.data(), digest.size());
}

Sha256Digest expand_label(const HmacSha256& secret, const std::string& label, uint8_t size) {
  const std::string full = "tls13 " + label;
  std::string info = {'\0', static_cast<char>(size), static_cast<char>(full.size())};
  info += full;
  info += '\0';
  info += '\1';
  return secret.of({reinterpret_cast<const uint8_t*>(info.data()), info.size()});
}

}  // namespace nfstream::tls
