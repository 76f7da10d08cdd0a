#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "engine/dissect/ndpi/ndpi_memory.h"
#include "engine/dissect/ndpi/set_up_pool.h"

using nfstream::ndpi::Memory;
using nfstream::ndpi::SetUpPool;

TEST_CASE("a pool: blocks of any size, aligned, each with its own bytes") {
  SetUpPool pool;
  struct Block {
    uint8_t* at;
    size_t size;
    uint8_t byte;
  };
  std::vector<Block> blocks;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{4000}, size_t{9} << 20, size_t{24}, size_t{7} << 20, size_t{2} << 20}) {
    CAPTURE(size);
    auto* at = static_cast<uint8_t*>(pool.take(size));
    REQUIRE(at != nullptr);
    CHECK(reinterpret_cast<uintptr_t>(at) % 16 == 0);
    CHECK(pool.room(at) >= size);
    const auto byte = static_cast<uint8_t>(blocks.size() + 1);
    std::memset(at, byte, size);
    blocks.push_back({at, size, byte});
  }
  for (const Block& block : blocks) {
    for (size_t i = 0; i < block.size; i += 997) REQUIRE(block.at[i] == block.byte);
  }
  int other = 0;
  CHECK(pool.room(&other) == 0);
  CHECK(pool.take(SIZE_MAX) == nullptr);
  CHECK(pool.take(SIZE_MAX / 4) == nullptr);
}

TEST_CASE("blocks of the setting up can be made larger and given back when it is over") {
  Memory memory(4096);
  auto* early = static_cast<char*>(memory.take(10));
  auto* grown = static_cast<char*>(memory.take(10));
  std::memcpy(early, "123456789", 10);
  std::memcpy(grown, "abcdefghi", 10);
  grown = static_cast<char*>(memory.take_again(grown, 100));
  CHECK(std::strcmp(grown, "abcdefghi") == 0);
  memory.end_set_up();
  auto* late = static_cast<char*>(memory.take(10));
  early = static_cast<char*>(memory.take_again(early, 1000));
  CHECK(std::strcmp(early, "123456789") == 0);
  CHECK(memory.blocks() == 3);
  for (char* block : {early, grown, late}) memory.give_back(block);
  CHECK(memory.blocks() == 0);
  CHECK_FALSE(memory.failed());
}
