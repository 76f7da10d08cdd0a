// Shannon's entropy of bytes.
#pragma once

#include <cstdint>

namespace nfstream {

// In bits a byte: the sum of -p log2 p over the shares p of the values. At least one byte.
double entropy_of(const uint8_t* bytes, uint32_t size);

}  // namespace nfstream
