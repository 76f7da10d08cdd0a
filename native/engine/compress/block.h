// Blocks of bytes compressed whole, as Arrow's IPC formats hold them: one LZ4 frame or one zstd frame each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nfstream {

enum class BlockCodec { lz4, zstd };

// Most bytes that `size` bytes become; also the room that compress_block() needs.
size_t compressed_bound(BlockCodec codec, size_t size);

// Compresses into `to`, which has compressed_bound() bytes, and gives the size; 0 when there is no memory for it.
size_t compress_block(BlockCodec codec, const uint8_t* from, size_t size, uint8_t* to, size_t room);

// Decompresses one whole frame. False when it is damaged, holds more than `most` bytes, or there is no memory for it. Memory is taken as bytes come,
// because a frame may say anything of its size.
bool decompress_block(BlockCodec codec, const uint8_t* from, size_t length, size_t most, std::vector<uint8_t>& to);

}  // namespace nfstream
