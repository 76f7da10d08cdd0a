#include "engine/digest/sha1.h"

#include "engine/digest/big_endian.h"
#include "engine/digest/padding.h"

namespace nfstream {

namespace {

uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

}  // namespace

void sha1_add_block_portably(Sha1State& state, const uint8_t* block) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++) w[i] = word_at(block + 4 * i);
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  Sha1State s = state;
  // The five numbers change their roles from round to round, so that none is moved.
  const auto rounds = [&](int from, uint32_t constant, auto mix) {
    for (int start = from; start < from + 20; start += 5) {
      for (int i = 0; i < 5; i++) {
        const auto role = [&](int number) -> uint32_t& { return s[static_cast<size_t>(number + 5 - i) % 5]; };
        role(4) += rotate(role(0), 5) + mix(role(1), role(2), role(3)) + w[start + i] + constant;
        role(1) = rotate(role(1), 30);
      }
    }
  };
  rounds(0, 0x5a827999, [](uint32_t x, uint32_t y, uint32_t z) { return z ^ (x & (y ^ z)); });
  rounds(20, 0x6ed9eba1, [](uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; });
  rounds(40, 0x8f1bbcdc, [](uint32_t x, uint32_t y, uint32_t z) { return (x & y) | (z & (x | y)); });
  rounds(60, 0xca62c1d6, [](uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; });
  for (size_t i = 0; i < 5; i++) state[i] += s[i];
}

void sha1_add_block(Sha1State& state, const uint8_t* block) {
  static const Sha1AddBlock instructions = sha1_instructions();
  (instructions == nullptr ? sha1_add_block_portably : instructions)(state, block);
}

Sha1Digest sha1(const uint8_t* bytes, size_t size) {
  Sha1State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for_each_block(
      bytes, size, [&](const uint8_t* block) { sha1_add_block(state, block); },
      [](uint8_t* to, uint64_t bits) {
        put_word(to, static_cast<uint32_t>(bits >> 32));
        put_word(to + 4, static_cast<uint32_t>(bits));
      });
  Sha1Digest digest;
  for (size_t i = 0; i < 5; i++) put_word(&digest[4 * i], state[i]);
  return digest;
}

}  // namespace nfstream
