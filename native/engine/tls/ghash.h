// GHASH, the checksum of GCM (NIST SP 800-38D, 6.4).
#pragma once

#include <array>
#include <cstdint>

#include "engine/tls/byte_reader.h"

namespace nfstream::tls {

// Of the additional data and the encrypted text, each filled up to whole blocks, and of their lengths.
std::array<uint8_t, 16> ghash(const std::array<uint8_t, 16>& key, Span additional, Span text);

// The ways to it, of which ghash() takes the second where there is one.
using Ghash = std::array<uint8_t, 16> (*)(const std::array<uint8_t, 16>& key, Span additional, Span text);
std::array<uint8_t, 16> ghash_portably(const std::array<uint8_t, 16>& key, Span additional, Span text);
Ghash ghash_instructions();  // null where the processor has none for it

}  // namespace nfstream::tls
