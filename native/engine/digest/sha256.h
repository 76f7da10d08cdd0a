// SHA-256 (FIPS 180-4), for public data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nfstream {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest sha256(const uint8_t* bytes, size_t size);

}  // namespace nfstream
