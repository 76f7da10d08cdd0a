// Memory for setting a module up: 100,000 small blocks that live as long as the module. Side by side in large pages they are made, and read, in
// half the time that they take from malloc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream::ndpi {

// Blocks that are given back all at once. One thread at a time.
class SetUpPool {
 public:
  SetUpPool() = default;
  ~SetUpPool();
  SetUpPool(const SetUpPool&) = delete;
  SetUpPool& operator=(const SetUpPool&) = delete;

  // A block that is aligned as malloc's are; nullptr when there is no memory.
  void* take(size_t size);
  // How many bytes of the pool there are from a block to its end; 0 for a block that is not of the pool.
  size_t room(const void* block) const;
  // Leaves the memory to who still has blocks of it: what libraries share between modules is never given back.
  void abandon() { last_ = nullptr; }

 private:
  struct Piece;

  bool grow(size_t size);

  Piece* last_ = nullptr;
  uint8_t* free_ = nullptr;
};

}  // namespace nfstream::ndpi
