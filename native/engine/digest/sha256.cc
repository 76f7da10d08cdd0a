#include "engine/digest/sha256.h"

#include <cstring>

#include "engine/digest/big_endian.h"

namespace nfstream {

const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
    0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
    0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

namespace {

uint32_t rotated(uint32_t value, unsigned bits) { return value >> bits | value << (32 - bits); }

}  // namespace

void sha256_add_block_portably(Sha256State& state, const uint8_t* block) {
  uint32_t words[64];
  for (size_t i = 0; i < 16; i++) words[i] = word_at(block + 4 * i);
  // Rotations one in another need fewer copies of what they rotate: by 7 and by 18, by 17 and by 19, and so below.
  for (size_t i = 16; i < 64; i++) {
    const uint32_t before = words[i - 15];
    const uint32_t near = words[i - 2];
    const uint32_t mixed_before = rotated(rotated(before, 11) ^ before, 7) ^ before >> 3;
    const uint32_t mixed_near = rotated(rotated(near, 2) ^ near, 17) ^ near >> 10;
    words[i] = words[i - 16] + mixed_before + words[i - 7] + mixed_near;
  }
  Sha256State s = state;
  // Where the second number and the third differ: in the next round, that is where the first and the second do now.
  uint32_t differing = s[1] ^ s[2];
  // The eight numbers change their roles from round to round, so that none is moved.
  for (size_t round = 0; round < 64; round += 8) {
    for (size_t i = 0; i < 8; i++) {
      const auto role = [&](size_t number) -> uint32_t& { return s[(number - i) & 7]; };
      const uint32_t a = role(0);
      const uint32_t e = role(4);
      const uint32_t choice = role(6) ^ (e & (role(5) ^ role(6)));
      const uint32_t next_differing = a ^ role(1);
      const uint32_t majority = role(1) ^ (next_differing & differing);
      differing = next_differing;
      const uint32_t one = role(7) + rotated(rotated(rotated(e, 14) ^ e, 5) ^ e, 6) + choice + sha256_constants[round + i] + words[round + i];
      role(3) += one;
      role(7) = one + rotated(rotated(rotated(a, 9) ^ a, 11) ^ a, 2) + majority;
    }
  }
  for (size_t i = 0; i < 8; i++) state[i] += s[i];
}

void sha256_add_block(Sha256State& state, const uint8_t* block) {
  static const Sha256AddBlock instructions = sha256_instructions();
  (instructions == nullptr ? sha256_add_block_portably : instructions)(state, block);
}

Sha256Digest sha256_finish(Sha256State state, size_t before, const uint8_t* bytes, size_t size) {
  size_t at = 0;
  for (; size - at >= sha256_block_size; at += sha256_block_size) sha256_add_block(state, bytes + at);
  // The last bytes, a one bit, zeros, and the number of bits at the end of a block.
  uint8_t last[2 * sha256_block_size] = {};
  const size_t left = size - at;
  if (left > 0) std::memcpy(last, bytes + at, left);
  last[left] = 0x80;
  const size_t padded = left + 9 <= sha256_block_size ? sha256_block_size : 2 * sha256_block_size;
  const uint64_t bits = (uint64_t{before} + size) * 8;
  put_word(last + padded - 8, static_cast<uint32_t>(bits >> 32));
  put_word(last + padded - 4, static_cast<uint32_t>(bits));
  for (size_t block = 0; block < padded; block += sha256_block_size) sha256_add_block(state, last + block);
  Sha256Digest digest;
  for (size_t i = 0; i < state.size(); i++) put_word(&digest[4 * i], state[i]);
  return digest;
}

Sha256Digest sha256(const uint8_t* bytes, size_t size) { return sha256_finish(sha256_start, 0, bytes, size); }

}  // namespace nfstream
