#include <doctest/doctest.h>
#include <lz4frame.h>
#include <zstd.h>

#include <string>
#include <vector>

#include "engine/compress/block.h"

using namespace nfstream;

namespace {

std::string unlz4(const std::vector<uint8_t>& frame, size_t room) {
  LZ4F_dctx* context = nullptr;
  REQUIRE_FALSE(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)));
  std::string out(room, '\0');
  size_t written = room;
  size_t read = frame.size();
  const size_t left = LZ4F_decompress(context, out.data(), &written, frame.data(), &read, nullptr);
  LZ4F_freeDecompressionContext(context);
  CHECK(left == 0);
  CHECK(read == frame.size());
  out.resize(written);
  return out;
}

std::string unzstd(const std::vector<uint8_t>& frame, size_t room) {
  std::string out(room, '\0');
  const size_t size = ZSTD_decompress(out.data(), room, frame.data(), frame.size());
  REQUIRE_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

std::string noise(size_t size) {
  std::string bytes;
  uint32_t state = 1;
  while (bytes.size() < size) bytes += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("a block is one frame that its library reads, and never larger than its bound") {
  const std::string blocks[] = {"a", std::string(100'000, 'x'), noise(100'000), noise(70) + std::string(3'000'000, '\0')};
  for (const BlockCodec codec : {BlockCodec::lz4, BlockCodec::zstd}) {
    for (const std::string& block : blocks) {
      std::vector<uint8_t> out(compressed_bound(codec, block.size()));
      out.resize(compress_block(codec, reinterpret_cast<const uint8_t*>(block.data()), block.size(), out.data(), out.size()));
      REQUIRE_FALSE(out.empty());
      CHECK((codec == BlockCodec::lz4 ? unlz4(out, block.size() + 1) : unzstd(out, block.size() + 1)) == block);
    }
  }
}

TEST_CASE("a block that doesn't fit its room is refused") {
  const std::string block = noise(1000);
  uint8_t out[16];
  for (const BlockCodec codec : {BlockCodec::lz4, BlockCodec::zstd}) {
    CHECK(compress_block(codec, reinterpret_cast<const uint8_t*>(block.data()), block.size(), out, sizeof out) == 0);
  }
}
