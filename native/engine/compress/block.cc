#include "engine/compress/block.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

namespace nfstream {

namespace {

// The level that Arrow's own libraries write: a third of the time of zstd's default, for a few per cent more bytes.
constexpr int zstd_level = 1;

LZ4F_preferences_t lz4_preferences(size_t size) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.contentSize = size;
  return preferences;
}

// Gives the next bytes of a frame into the room that is there; moves `from` past what was read. Says how many were written, and whether the frame is over.
struct Step {
  size_t written = 0;
  bool over = false;
  bool failed = false;
};

Step lz4_step(LZ4F_dctx* context, const uint8_t*& from, const uint8_t* end, uint8_t* to, size_t room) {
  size_t read = static_cast<size_t>(end - from);
  size_t written = room;
  const size_t left = ::LZ4F_decompress(context, to, &written, from, &read, nullptr);
  from += read;
  return {written, left == 0, ::LZ4F_isError(left) != 0};
}

Step zstd_step(ZSTD_DCtx* context, const uint8_t*& from, const uint8_t* end, uint8_t* to, size_t room) {
  ZSTD_inBuffer input{from, static_cast<size_t>(end - from), 0};
  ZSTD_outBuffer output{to, room, 0};
  const size_t left = ::ZSTD_decompressStream(context, &output, &input);
  from += input.pos;
  return {output.pos, left == 0, ::ZSTD_isError(left) != 0};
}

constexpr size_t least_room = 1 << 16;

template <typename NextStep>
bool decompress(const uint8_t* from, size_t length, size_t most, std::vector<uint8_t>& to, NextStep next) {
  const uint8_t* const end = from + length;
  size_t used = 0;
  to.clear();
  for (;;) {
    if (used == to.size()) {
      if (used == most) return false;
      to.resize(std::min(most, std::max(least_room, 2 * std::max(used, length))));
    }
    const Step step = next(from, end, to.data() + used, to.size() - used);
    if (step.failed) return false;
    used += step.written;
    if (step.over) {
      to.resize(used);
      return from == end;
    }
    if (step.written == 0 && from == end) return false;  // it ends too early
  }
}

}  // namespace

bool decompress_block(BlockCodec codec, const uint8_t* from, size_t length, size_t most, std::vector<uint8_t>& to) {
  try {
    if (codec == BlockCodec::zstd) {
      const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(::ZSTD_createDCtx(), ::ZSTD_freeDCtx);
      return context && decompress(from, length, most, to, [&](const uint8_t*& at, const uint8_t* end, uint8_t* out, size_t room) {
               return zstd_step(context.get(), at, end, out, room);
             });
    }
    LZ4F_dctx* made = nullptr;
    if (::LZ4F_isError(::LZ4F_createDecompressionContext(&made, LZ4F_VERSION))) return false;
    const std::unique_ptr<LZ4F_dctx, size_t (*)(LZ4F_dctx*)> context(made, ::LZ4F_freeDecompressionContext);
    return decompress(from, length, most, to,
                      [&](const uint8_t*& at, const uint8_t* end, uint8_t* out, size_t room) { return lz4_step(context.get(), at, end, out, room); });
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const std::length_error&) {
    return false;
  }
}

size_t compressed_bound(BlockCodec codec, size_t size) {
  if (codec == BlockCodec::zstd) return ::ZSTD_compressBound(size);
  const LZ4F_preferences_t preferences = lz4_preferences(size);
  return ::LZ4F_compressFrameBound(size, &preferences);
}

size_t compress_block(BlockCodec codec, const uint8_t* from, size_t size, uint8_t* to, size_t room) {
  if (codec == BlockCodec::zstd) {
    const size_t result = ::ZSTD_compress(to, room, from, size, zstd_level);
    return ::ZSTD_isError(result) ? 0 : result;
  }
  const LZ4F_preferences_t preferences = lz4_preferences(size);
  const size_t result = ::LZ4F_compressFrame(to, room, from, size, &preferences);
  return ::LZ4F_isError(result) ? 0 : result;
}

}  // namespace nfstream
