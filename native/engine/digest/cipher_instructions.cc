#include "engine/digest/cipher_instructions.h"

#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
#include <cpuid.h>
#endif

namespace nfstream {

namespace {

CipherInstructions find() {
  CipherInstructions found;
#ifdef NFSTREAM_CIPHER_INSTRUCTIONS
  // By hand, since not every compiler's __builtin_cpu_supports knows SHA-NI. These registers are SSE's, which each system of 64 bits keeps.
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
  const auto has = [](unsigned flags, unsigned wanted) { return (flags & wanted) == wanted; };
  found.aes = has(c, bit_AES | bit_PCLMUL | bit_SSSE3);
  const bool permutes = has(c, bit_SSSE3 | bit_SSE4_1);
  found.sha = permutes && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && has(b, bit_SHA);
#endif
  return found;
}

}  // namespace

const CipherInstructions& cipher_instructions() {
  static const CipherInstructions found = find();
  return found;
}

}  // namespace nfstream
