// Words of 32 bits as digests and ciphers write them: the highest byte first.
#pragma once

#include <cstdint>

namespace nfstream {

inline uint32_t word_at(const uint8_t* bytes) { return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3]; }

// Byte for byte and without a loop: compilers make one instruction of it.
inline void put_word(uint8_t* to, uint32_t word) {
  to[0] = static_cast<uint8_t>(word >> 24);
  to[1] = static_cast<uint8_t>(word >> 16);
  to[2] = static_cast<uint8_t>(word >> 8);
  to[3] = static_cast<uint8_t>(word);
}

}  // namespace nfstream
