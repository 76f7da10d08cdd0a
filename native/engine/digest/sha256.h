// SHA-256 (FIPS 180-4), for public data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nfstream {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest sha256(const uint8_t* bytes, size_t size);

// The digest of what whole blocks have begun, for those that begin alike: sha256_start, then each block, then the rest.
using Sha256State = std::array<uint32_t, 8>;
constexpr size_t sha256_block_size = 64;
constexpr Sha256State sha256_start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void sha256_add_block(Sha256State& state, const uint8_t* block);
// `before` bytes are in the state already.
Sha256Digest sha256_finish(Sha256State state, size_t before, const uint8_t* bytes, size_t size);

// The ways in which a block is added, of which sha256_add_block takes the second where there is one.
using Sha256AddBlock = void (*)(Sha256State& state, const uint8_t* block);
void sha256_add_block_portably(Sha256State& state, const uint8_t* block);
Sha256AddBlock sha256_instructions();  // null where the processor has none for it

extern const uint32_t sha256_constants[64];

}  // namespace nfstream
