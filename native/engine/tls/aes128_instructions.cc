// AES-128 by the instructions that x86-64 has for it.
#include "engine/digest/cipher_instructions.h"
#include "engine/tls/aes128.h"

namespace nfstream::tls {

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
namespace {

#define WITH_AES __attribute__((target("aes,ssse3")))

// One block after the other: they do not wait for each other, so that the processor has several under way.
WITH_AES void encrypt_blocks(const uint32_t* round_keys, uint8_t* blocks, size_t count) {
  constexpr size_t rounds = 10;
  const __m128i highest_first = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  __m128i keys[rounds + 1];
  for (size_t i = 0; i <= rounds; i++) keys[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(round_keys + 4 * i)), highest_first);
  for (size_t i = 0; i < count; i++) {
    auto* at = reinterpret_cast<__m128i*>(blocks + 16 * i);
    __m128i block = _mm_xor_si128(_mm_loadu_si128(at), keys[0]);
    for (size_t round = 1; round < rounds; round++) block = _mm_aesenc_si128(block, keys[round]);
    _mm_storeu_si128(at, _mm_aesenclast_si128(block, keys[rounds]));
  }
}

}  // namespace
#endif

Aes128Blocks aes128_instructions() {
#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
  if (cipher_instructions().aes) return encrypt_blocks;
#endif
  return nullptr;
}

}  // namespace nfstream::tls
