// GHASH by the instruction of x86-64 that multiplies without carries.
#include "engine/digest/cipher_instructions.h"
#include "engine/tls/ghash.h"

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
#include <algorithm>
#include <cstring>
#endif

namespace nfstream::tls {

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
namespace {

#define WITH_CARRYLESS __attribute__((target("pclmul,ssse3")))

constexpr size_t block_size = 16;
constexpr size_t most_blocks = 4;  // that are taken in one step

WITH_CARRYLESS __m128i reversed(__m128i bytes) { return _mm_shuffle_epi8(bytes, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)); }

// A number's coefficients begin at the highest bit, as in the bytes of a block. A product of two such numbers has its coefficients one bit
// lower than a number of twice the size would; a factor that was divided by x makes up for it.
WITH_CARRYLESS __m128i divided_by_x(__m128i number) {
  const __m128i carried = _mm_srli_epi64(number, 63);
  const __m128i doubled = _mm_or_si128(_mm_slli_epi64(number, 1), _mm_slli_si128(carried, 8));
  const bool left = _mm_cvtsi128_si64(_mm_srli_si128(carried, 8)) != 0;
  return left ? _mm_xor_si128(doubled, _mm_set_epi64x(static_cast<int64_t>(0xc200000000000000), 1)) : doubled;
}

// A sum of products, by parts of 128 bits that overlap by half.
struct Products {
  __m128i low;
  __m128i middle;
  __m128i high;
};

WITH_CARRYLESS void add_product(Products& sum, __m128i a, __m128i b) {
  sum.low = _mm_xor_si128(sum.low, _mm_clmulepi64_si128(a, b, 0x00));
  sum.middle = _mm_xor_si128(sum.middle, _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10)));
  sum.high = _mm_xor_si128(sum.high, _mm_clmulepi64_si128(a, b, 0x11));
}

// The coefficients from x^128 on come back, as x^128 = 1 + x + x^2 + x^7: the upper half of them first, since some of it comes back twice.
WITH_CARRYLESS __m128i reduced(const Products& sum) {
  const __m128i back = _mm_set_epi64x(0, static_cast<int64_t>(0xc200000000000000));
  __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
  for (int half = 0; half < 2; half++) low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), _mm_clmulepi64_si128(low, back, 0x00));
  return _mm_xor_si128(low, _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8)));
}

struct Hash {
  __m128i powers[most_blocks];  // of the key, each divided by x
  __m128i sum;
};

WITH_CARRYLESS Hash begin(const uint8_t* key) {
  Hash hash;
  hash.powers[0] = divided_by_x(reversed(_mm_loadu_si128(reinterpret_cast<const __m128i*>(key))));
  for (size_t i = 1; i < most_blocks; i++) {
    Products next{};
    add_product(next, hash.powers[i - 1], hash.powers[0]);
    hash.powers[i] = reduced(next);
  }
  hash.sum = _mm_setzero_si128();
  return hash;
}

// Up to most_blocks.
WITH_CARRYLESS void add_blocks(Hash& hash, const uint8_t* blocks, size_t count) {
  Products sum{};
  for (size_t i = 0; i < count; i++) {
    __m128i block = reversed(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks + block_size * i)));
    if (i == 0) block = _mm_xor_si128(block, hash.sum);
    add_product(sum, block, hash.powers[count - 1 - i]);
  }
  hash.sum = reduced(sum);
}

WITH_CARRYLESS void add(Hash& hash, Span bytes) {
  while (bytes.size >= block_size) {
    const size_t count = std::min(bytes.size / block_size, most_blocks);
    add_blocks(hash, bytes.data, count);
    bytes = bytes.from(block_size * count);
  }
  if (bytes.size == 0) return;
  uint8_t last[block_size] = {};
  std::memcpy(last, bytes.data, bytes.size);
  add_blocks(hash, last, 1);
}

WITH_CARRYLESS std::array<uint8_t, block_size> hash_of(const std::array<uint8_t, block_size>& key, Span additional, Span text) {
  Hash hash = begin(key.data());
  add(hash, additional);
  add(hash, text);
  std::array<uint8_t, block_size> bytes;
  const __m128i lengths = _mm_set_epi64x(static_cast<int64_t>(additional.size * 8), static_cast<int64_t>(text.size * 8));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes.data()), reversed(lengths));
  add_blocks(hash, bytes.data(), 1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes.data()), reversed(hash.sum));
  return bytes;
}

}  // namespace
#endif

Ghash ghash_instructions() {
#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
  if (cipher_instructions().aes) return hash_of;
#endif
  return nullptr;
}

}  // namespace nfstream::tls
