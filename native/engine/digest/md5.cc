#include "engine/digest/md5.h"

#include "engine/digest/padding.h"

namespace nfstream {

namespace {

// The whole part of 2^32 times |sin(i)|, i in radians from 1 on.
constexpr uint32_t constants[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122,
    0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6,
    0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60,
    0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039,
    0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

// The lowest byte first, unlike in other digests.
uint32_t little_word_at(const uint8_t* bytes) { return uint32_t{bytes[3]} << 24 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[1]} << 8 | bytes[0]; }

void put_little_word(uint8_t* to, uint32_t word) {
  for (int i = 0; i < 4; i++) to[i] = static_cast<uint8_t>(word >> 8 * i);
}

void add_block(uint32_t (&state)[4], const uint8_t* block) {
  uint32_t words[16];
  for (int i = 0; i < 16; i++) words[i] = little_word_at(block + 4 * i);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  const auto round = [&](int from, int step, int first, const int (&shifts)[4], auto mix) {
    for (int i = 0; i < 16; i++) {
      const uint32_t sum = a + mix(b, c, d) + constants[from + i] + words[(first + step * i) & 15];
      a = d;
      d = c;
      c = b;
      b += rotate(sum, shifts[i & 3]);
    }
  };
  round(0, 1, 0, {7, 12, 17, 22}, [](uint32_t x, uint32_t y, uint32_t z) { return z ^ (x & (y ^ z)); });
  round(16, 5, 1, {5, 9, 14, 20}, [](uint32_t x, uint32_t y, uint32_t z) { return y ^ (z & (x ^ y)); });
  round(32, 3, 5, {4, 11, 16, 23}, [](uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; });
  round(48, 7, 0, {6, 10, 15, 21}, [](uint32_t x, uint32_t y, uint32_t z) { return y ^ (x | ~z); });
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

Md5Digest md5(const uint8_t* bytes, size_t size) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for_each_block(
      bytes, size, [&](const uint8_t* block) { add_block(state, block); },
      [](uint8_t* to, uint64_t bits) {
        put_little_word(to, static_cast<uint32_t>(bits));
        put_little_word(to + 4, static_cast<uint32_t>(bits >> 32));
      });
  Md5Digest digest;
  for (size_t i = 0; i < 4; i++) put_little_word(&digest[4 * i], state[i]);
  return digest;
}

}  // namespace nfstream
