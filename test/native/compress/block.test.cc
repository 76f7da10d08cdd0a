#include "engine/compress/block.h"

#include <doctest/doctest.h>
#include <lz4frame.h>
#include <zstd.h>

#include <string>
#include <vector>

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

TEST_CASE("a frame is decompressed whole, or not at all") {
  const std::string blocks[] = {"", "a", std::string(100'000, 'x'), noise(100'000), noise(70) + std::string(3'000'000, '\0')};
  for (const BlockCodec codec : {BlockCodec::lz4, BlockCodec::zstd}) {
    for (const std::string& block : blocks) {
      std::vector<uint8_t> frame(compressed_bound(codec, block.size()));
      frame.resize(compress_block(codec, reinterpret_cast<const uint8_t*>(block.data()), block.size(), frame.data(), frame.size()));
      std::vector<uint8_t> out;
      REQUIRE(decompress_block(codec, frame.data(), frame.size(), block.size() + 1, out));
      CHECK(std::string(out.begin(), out.end()) == block);
      if (!block.empty()) CHECK_FALSE(decompress_block(codec, frame.data(), frame.size(), block.size() - 1, out));
      for (size_t cut = 0; cut < frame.size(); cut += 1 + frame.size() / 50) {
        std::vector<uint8_t> torn(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(cut));
        std::vector<uint8_t> rest;
        CHECK_FALSE(decompress_block(codec, torn.data(), torn.size(), block.size() + 1, rest));
      }
      frame.push_back(0);
      std::vector<uint8_t> more;
      CHECK_FALSE(decompress_block(codec, frame.data(), frame.size(), block.size() + 1, more));
    }
  }
}

TEST_CASE("a frame of changed bytes harms nothing") {
  const std::string block = noise(50'000) + std::string(50'000, 'y');
  uint32_t state = 7;
  for (const BlockCodec codec : {BlockCodec::lz4, BlockCodec::zstd}) {
    std::vector<uint8_t> frame(compressed_bound(codec, block.size()));
    frame.resize(compress_block(codec, reinterpret_cast<const uint8_t*>(block.data()), block.size(), frame.data(), frame.size()));
    for (int round = 0; round < 200; round++) {
      std::vector<uint8_t> changed = frame;
      for (int change = 0; change < 3; change++) {
        state = state * 1664525 + 1013904223;
        changed[state % changed.size()] ^= static_cast<uint8_t>(1 << (state >> 29));
      }
      std::vector<uint8_t> out;
      if (decompress_block(codec, changed.data(), changed.size(), 1 << 20, out)) CHECK(out.size() <= 1 << 20);
    }
  }
}
