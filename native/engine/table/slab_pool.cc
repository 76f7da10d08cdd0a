#include "engine/table/slab_pool.h"

#include <sys/mman.h>

#include <cstring>

namespace nfstream {

SlabPool::SlabPool(size_t cell_size, unsigned slab_bits)
    : cell_size_((cell_size + 7) & ~size_t{7}), slab_bits_(slab_bits), slab_mask_((uint32_t{1} << slab_bits) - 1), slab_size_(cell_size_ << slab_bits) {}

SlabPool::~SlabPool() {
  for (Slab& slab : slabs_) {
    if (slab.memory != nullptr) munmap(slab.memory, slab_size_);
  }
}

uint32_t SlabPool::allocate() {
  if (with_room_ == none && !add_slab()) return none;
  const uint32_t number = with_room_;
  Slab& slab = slabs_[number];
  uint32_t cell;
  if (slab.first_free != none) {
    cell = slab.first_free;
    std::memcpy(&slab.first_free, slab.memory + cell * cell_size_, sizeof(uint32_t));
  } else {
    cell = slab.fresh++;
  }
  if (slab.live++ == 0 && spare_ == number) spare_ = none;
  if (slab.first_free == none && slab.fresh > slab_mask_) unlink(number);
  live_++;
  return (number << slab_bits_) | cell;
}

void SlabPool::release(uint32_t cell) {
  const uint32_t number = cell >> slab_bits_;
  Slab& slab = slabs_[number];
  const bool was_full = slab.first_free == none && slab.fresh > slab_mask_;
  std::memcpy(slab.memory + (cell & slab_mask_) * cell_size_, &slab.first_free, sizeof(uint32_t));
  slab.first_free = cell & slab_mask_;
  if (was_full) link(number);
  live_--;
  if (--slab.live > 0) return;
  if (spare_ == none) {
    spare_ = number;
    return;
  }
  unlink(number);
  munmap(slab.memory, slab_size_);
  slab = Slab{};
  unused_slabs_.push_back(number);
  held_--;
}

bool SlabPool::add_slab() {
  void* memory = mmap(nullptr, slab_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  uint32_t number;
  if (unused_slabs_.empty()) {
    number = static_cast<uint32_t>(slabs_.size());
    slabs_.emplace_back();
  } else {
    number = unused_slabs_.back();
    unused_slabs_.pop_back();
  }
  slabs_[number].memory = static_cast<uint8_t*>(memory);
  held_++;
  link(number);
  return true;
}

void SlabPool::link(uint32_t number) {
  Slab& slab = slabs_[number];
  slab.previous_with_room = none;
  slab.next_with_room = with_room_;
  if (with_room_ != none) slabs_[with_room_].previous_with_room = number;
  with_room_ = number;
}

void SlabPool::unlink(uint32_t number) {
  Slab& slab = slabs_[number];
  if (slab.previous_with_room != none) {
    slabs_[slab.previous_with_room].next_with_room = slab.next_with_room;
  } else {
    with_room_ = slab.next_with_room;
  }
  if (slab.next_with_room != none) slabs_[slab.next_with_room].previous_with_room = slab.previous_with_room;
}

}  // namespace nfstream
