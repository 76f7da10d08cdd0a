// Which instructions for ciphers and digests this processor has. They are asked for once and at run time: what is built runs on every x86-64.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#define NFSTREAM_CIPHER_INSTRUCTIONS 1
// For a function that has them.
#define NFSTREAM_WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))
#endif

namespace nfstream {

struct CipherInstructions {
  bool aes = false;  // AES-NI, and what multiplies without carries for GHASH
  bool sha = false;  // SHA-NI
};

const CipherInstructions& cipher_instructions();

}  // namespace nfstream
