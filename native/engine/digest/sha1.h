// SHA-1 (RFC 3174), for identifiers whose definition names it. It protects nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nfstream {

using Sha1Digest = std::array<uint8_t, 20>;

Sha1Digest sha1(const uint8_t* bytes, size_t size);

}  // namespace nfstream
