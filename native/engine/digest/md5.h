// MD5 (RFC 1321), for identifiers whose definition names it. It protects nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nfstream {

using Md5Digest = std::array<uint8_t, 16>;

Md5Digest md5(const uint8_t* bytes, size_t size);

}  // namespace nfstream
