#include "engine/table/slab_pool.h"

#include <cstring>

#include "engine/pages.h"

namespace nfstream {

namespace {

// So much of a slab is used before the rest is made of large pages: who has few flows needs few pages.
constexpr size_t before_large = 1 << 20;

}  // namespace

SlabPool::SlabPool(size_t cell_size, unsigned slab_bits, size_t front)
    : cell_size_((cell_size + 7) & ~size_t{7}), slab_bits_(slab_bits), slab_mask_((uint32_t{1} << slab_bits) - 1), front_((front + 7) & ~size_t{7}) {}

SlabPool::~SlabPool() {
  for (uint32_t slab = 0; slab < slabs_.size(); slab++) {
    if (slabs_[slab].cells != nullptr) free_slab(slab);
  }
}

uint32_t SlabPool::allocate(bool with_front) {
  if (with_room_[with_front] == none && !add_slab(with_front)) return none;
  const uint32_t number = with_room_[with_front];
  Slab& slab = slabs_[number];
  uint32_t cell;
  if (slab.first_free != none) {
    cell = slab.first_free;
    std::memcpy(&slab.first_free, slab.cells + cell * size_t{slab.step}, sizeof(uint32_t));
  } else {
    cell = slab.fresh++;
    held_ += slab.step;
    if (slab.fresh == slab.large_from) prefer_large_pages(begin_of(slab), size_of(slab));
  }
  if (slab.live++ == 0 && spare_[with_front] == number) spare_[with_front] = none;
  if (slab.first_free == none && slab.fresh > slab_mask_) unlink(number);
  live_++;
  return (number << slab_bits_) | cell;
}

void SlabPool::release(uint32_t cell) {
  const uint32_t number = cell >> slab_bits_;
  Slab& slab = slabs_[number];
  const bool was_full = slab.first_free == none && slab.fresh > slab_mask_;
  std::memcpy(slab.cells + (cell & slab_mask_) * size_t{slab.step}, &slab.first_free, sizeof(uint32_t));
  slab.first_free = cell & slab_mask_;
  if (was_full) link(number);
  live_--;
  if (--slab.live > 0) return;
  if (spare_[slab.has_front] == none) {
    spare_[slab.has_front] = number;
    empty(slab);
    return;
  }
  unlink(number);
  free_slab(number);
  unused_slabs_.push_back(number);
}

bool SlabPool::add_slab(bool with_front) {
  Slab slab;
  slab.has_front = with_front;
  slab.step = static_cast<uint32_t>(cell_size_ + (with_front ? front_ : 0));
  slab.large_from = static_cast<uint32_t>(before_large / slab.step);
  void* memory = map_pages(size_of(slab));
  if (memory == nullptr) return false;
  slab.cells = static_cast<uint8_t*>(memory) + (with_front ? front_ : 0);
  uint32_t number;
  if (unused_slabs_.empty()) {
    number = static_cast<uint32_t>(slabs_.size());
    slabs_.push_back(slab);
  } else {
    number = unused_slabs_.back();
    unused_slabs_.pop_back();
    slabs_[number] = slab;
  }
  link(number);
  return true;
}

void SlabPool::free_slab(uint32_t number) {
  Slab& slab = slabs_[number];
  held_ -= size_t{slab.fresh} * slab.step;
  unmap_pages(begin_of(slab), size_of(slab));
  slab = Slab{};
}

// The spare one, which was in use as a whole, is as a new one, and takes no more memory than one of few flows.
void SlabPool::empty(Slab& slab) {
  if (slab.fresh >= slab.large_from && size_of(slab) > before_large) drop_pages(begin_of(slab), size_of(slab));
  held_ -= size_t{slab.fresh} * slab.step;
  slab.fresh = 0;
  slab.first_free = none;
}

void SlabPool::link(uint32_t number) {
  Slab& slab = slabs_[number];
  uint32_t& first = with_room_[slab.has_front];
  slab.previous_with_room = none;
  slab.next_with_room = first;
  if (first != none) slabs_[first].previous_with_room = number;
  first = number;
}

void SlabPool::unlink(uint32_t number) {
  Slab& slab = slabs_[number];
  if (slab.previous_with_room != none) {
    slabs_[slab.previous_with_room].next_with_room = slab.next_with_room;
  } else {
    with_room_[slab.has_front] = slab.next_with_room;
  }
  if (slab.next_with_room != none) slabs_[slab.next_with_room].previous_with_room = slab.previous_with_room;
}

}  // namespace nfstream
