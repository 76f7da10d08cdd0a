// AES-128 (FIPS 197) and its GCM (NIST SP 800-38D): enough to open what QUIC protects with keys that everyone can compute. Not for
// secrets: its time depends on the data.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

class Aes128 {
 public:
  using Block = std::array<uint8_t, 16>;

  explicit Aes128(const uint8_t* key);  // 16 bytes

  Block encrypt(const Block& block) const;
  // Opens `sealed` (with its tag of 16 bytes at the end). False when it was not sealed with this key, nonce and additional data, and
  // when it is longer than a datagram.
  bool open_gcm(const std::array<uint8_t, 12>& nonce, Span additional, Span sealed, std::vector<uint8_t>& opened) const;

 private:
  // In place.
  void encrypt_blocks(uint8_t* blocks, size_t count) const;

  uint32_t round_keys_[44];
};

// The ways to encrypt blocks in place, of which the cipher takes the second where there is one. There are 44 words of round keys.
using Aes128Blocks = void (*)(const uint32_t* round_keys, uint8_t* blocks, size_t count);
void aes128_blocks_portably(const uint32_t* round_keys, uint8_t* blocks, size_t count);
Aes128Blocks aes128_instructions();  // null where the processor has none for it

}  // namespace nfstream::tls
