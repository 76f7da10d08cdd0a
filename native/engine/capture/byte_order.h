// Integers of a capture, which was written in the byte order of some machine.
#pragma once

#include <cstdint>
#include <cstring>

namespace nfstream {

constexpr uint16_t swap_bytes(uint16_t value) { return __builtin_bswap16(value); }
constexpr uint32_t swap_bytes(uint32_t value) { return __builtin_bswap32(value); }
constexpr uint64_t swap_bytes(uint64_t value) { return __builtin_bswap64(value); }

struct ByteOrder {
  bool swapped = false;  // against this machine

  uint16_t u16(const uint8_t* at) const { return load<uint16_t>(at); }
  uint32_t u32(const uint8_t* at) const { return load<uint32_t>(at); }
  uint64_t u64(const uint8_t* at) const { return load<uint64_t>(at); }

 private:
  template <typename Integer>
  Integer load(const uint8_t* at) const {
    Integer value;
    std::memcpy(&value, at, sizeof value);
    return swapped ? swap_bytes(value) : value;
  }
};

}  // namespace nfstream
