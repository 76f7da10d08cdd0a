// SHA-256 by the instructions that x86-64 has for it.
#include "engine/digest/cipher_instructions.h"
#include "engine/digest/sha256.h"

namespace nfstream {

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
namespace {

NFSTREAM_WITH_SHA __m128i four_words(const uint32_t* words) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(words)); }

NFSTREAM_WITH_SHA __m128i four_words(const uint8_t* bytes) {
  const __m128i highest_first = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), highest_first);
}

NFSTREAM_WITH_SHA void add_block(Sha256State& state, const uint8_t* block) {
  // The order in which the instructions want the eight numbers.
  uint32_t* s = state.data();
  __m128i first = _mm_set_epi32(static_cast<int>(s[0]), static_cast<int>(s[1]), static_cast<int>(s[4]), static_cast<int>(s[5]));
  __m128i second = _mm_set_epi32(static_cast<int>(s[2]), static_cast<int>(s[3]), static_cast<int>(s[6]), static_cast<int>(s[7]));
  const __m128i first_before = first;
  const __m128i second_before = second;
  // The next sixteen words of the message.
  __m128i words[4] = {four_words(block), four_words(block + 16), four_words(block + 32), four_words(block + 48)};
  for (size_t round = 0; round < 64; round += 4) {
    const __m128i mixed = _mm_add_epi32(words[0], four_words(sha256_constants + round));
    second = _mm_sha256rnds2_epu32(second, first, mixed);
    first = _mm_sha256rnds2_epu32(first, second, _mm_shuffle_epi32(mixed, 0x0e));
    const __m128i near = _mm_alignr_epi8(words[3], words[2], 4);
    const __m128i next = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(words[0], words[1]), near), words[3]);
    words[0] = words[1], words[1] = words[2], words[2] = words[3], words[3] = next;
  }
  first = _mm_add_epi32(first, first_before);
  second = _mm_add_epi32(second, second_before);
  uint32_t ends[8];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(ends), first);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(ends + 4), second);
  state = {ends[3], ends[2], ends[7], ends[6], ends[1], ends[0], ends[5], ends[4]};
}

}  // namespace
#endif

Sha256AddBlock sha256_instructions() {
#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
  if (cipher_instructions().sha) return add_block;
#endif
  return nullptr;
}

}  // namespace nfstream
