// SHA-1 (RFC 3174), for identifiers whose definition names it. It protects nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nfstream {

using Sha1Digest = std::array<uint8_t, 20>;

Sha1Digest sha1(const uint8_t* bytes, size_t size);

// What blocks of 64 bytes make of the start, and of each other.
using Sha1State = std::array<uint32_t, 5>;

void sha1_add_block(Sha1State& state, const uint8_t* block);

// The ways in which a block is added, of which sha1_add_block takes the second where there is one.
using Sha1AddBlock = void (*)(Sha1State& state, const uint8_t* block);
void sha1_add_block_portably(Sha1State& state, const uint8_t* block);
Sha1AddBlock sha1_instructions();  // null where the processor has none for it

}  // namespace nfstream
