#include "engine/dissect/ndpi/set_up_pool.h"

#include <algorithm>

#include "engine/pages.h"

namespace nfstream::ndpi {

namespace {

constexpr size_t alignment = 16;
constexpr size_t large_page = 2 << 20;
// nDPI's own tables take 5.3 MB; with rules of users there are more pieces.
constexpr size_t piece_size = 8 << 20;

constexpr size_t rounded(size_t size, size_t to) { return (size + to - 1) / to * to; }

}  // namespace

// Stands at the beginning of its own memory.
struct alignas(alignment) SetUpPool::Piece {
  Piece* before;
  void* mapping;
  size_t mapped;
  uint8_t* end;
};

SetUpPool::~SetUpPool() {
  while (last_ != nullptr) {
    const Piece piece = *last_;
    unmap_pages(piece.mapping, piece.mapped);
    last_ = piece.before;
  }
}

void* SetUpPool::take(size_t size) {
  if (size > SIZE_MAX / 2) return nullptr;
  const size_t needed = rounded(std::max<size_t>(size, 1), alignment);
  if (last_ == nullptr || needed > static_cast<size_t>(last_->end - free_)) {
    if (!grow(needed)) return nullptr;
  }
  uint8_t* block = free_;
  free_ += needed;
  return block;
}

size_t SetUpPool::room(const void* block) const {
  const auto at = reinterpret_cast<uintptr_t>(block);
  for (const Piece* piece = last_; piece != nullptr; piece = piece->before) {
    const auto end = reinterpret_cast<uintptr_t>(piece->end);
    if (at > reinterpret_cast<uintptr_t>(piece) && at < end) return end - at;
  }
  return 0;
}

bool SetUpPool::grow(size_t size) {
  const size_t usable = rounded(std::max(size + sizeof(Piece), piece_size), large_page);
  const size_t mapped = usable + large_page;
  void* mapping = map_pages(mapped);
  if (mapping == nullptr) return false;
  const auto address = reinterpret_cast<uintptr_t>(mapping);
  uint8_t* begin = static_cast<uint8_t*>(mapping) + (rounded(address, large_page) - address);
  prefer_large_pages(begin, usable);
  auto* piece = reinterpret_cast<Piece*>(begin);
  *piece = {last_, mapping, mapped, begin + usable};
  last_ = piece;
  free_ = begin + sizeof(Piece);
  return true;
}

}  // namespace nfstream::ndpi
