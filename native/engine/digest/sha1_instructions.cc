// SHA-1 by the instructions that x86-64 has for it.
#include "engine/digest/cipher_instructions.h"
#include "engine/digest/sha1.h"

namespace nfstream {

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
namespace {

// The first number is where the instructions want it: in the highest quarter.
NFSTREAM_WITH_SHA __m128i four_words(const uint8_t* bytes) {
  const __m128i last_first = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), last_first);
}

struct Rounds {
  __m128i four;   // of the five numbers
  __m128i fifth;  // what it is made of: the four of four rounds before
  __m128i words[4];

  // Twenty rounds of one kind.
  template <int kind>
  NFSTREAM_WITH_SHA void run() {
    for (int i = 0; i < 5; i++) {
      const __m128i with_fifth = _mm_sha1nexte_epu32(fifth, words[0]);
      fifth = four;
      four = _mm_sha1rnds4_epu32(four, with_fifth, kind);
      const __m128i next = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(words[0], words[1]), words[2]), words[3]);
      words[0] = words[1], words[1] = words[2], words[2] = words[3], words[3] = next;
    }
  }
};

NFSTREAM_WITH_SHA void add_block(Sha1State& state, const uint8_t* block) {
  constexpr int turned = 0x1b;  // the four in the other order
  const __m128i before = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state.data())), turned);
  // The instruction that makes the fifth number turns it by 30 bits.
  const __m128i fifth_before = _mm_set_epi32(static_cast<int>(state[4] << 2 | state[4] >> 30), 0, 0, 0);
  Rounds rounds{before, fifth_before, {four_words(block), four_words(block + 16), four_words(block + 32), four_words(block + 48)}};
  rounds.run<0>();
  rounds.run<1>();
  rounds.run<2>();
  rounds.run<3>();
  const __m128i fifth = _mm_sha1nexte_epu32(rounds.fifth, _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), _mm_shuffle_epi32(_mm_add_epi32(rounds.four, before), turned));
  state[4] = static_cast<uint32_t>(_mm_extract_epi32(fifth, 3));
}

}  // namespace
#endif

Sha1AddBlock sha1_instructions() {
#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
  if (cipher_instructions().sha) return add_block;
#endif
  return nullptr;
}

}  // namespace nfstream
