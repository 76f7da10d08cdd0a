// How MD5 and SHA-1 take a text apart: whole blocks, then the rest with a one bit, zeros and the length in bits behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nfstream {

constexpr size_t digest_block = 64;

// Calls `add` with each block. `put_length` writes the length, whose byte order is the digest's, to the last 8 bytes.
template <class Add, class PutLength>
inline void for_each_block(const uint8_t* bytes, size_t size, Add add, PutLength put_length) {
  size_t at = 0;
  for (; size - at >= digest_block; at += digest_block) add(bytes + at);
  uint8_t tail[2 * digest_block] = {};
  const size_t rest = size - at;
  const size_t tail_size = rest + 9 <= digest_block ? digest_block : 2 * digest_block;
  if (rest > 0) std::memcpy(tail, bytes + at, rest);
  tail[rest] = 0x80;
  put_length(tail + tail_size - 8, uint64_t{size} * 8);
  for (size_t block = 0; block < tail_size; block += digest_block) add(tail + block);
}

}  // namespace nfstream
