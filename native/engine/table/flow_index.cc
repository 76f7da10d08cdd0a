#include "engine/table/flow_index.h"

#include <new>

#include "engine/pages.h"

namespace nfstream {

FlowIndex::FlowIndex() {
  if (!resize(smallest)) throw std::bad_alloc();
}

bool FlowIndex::insert(uint32_t hash, uint32_t record) {
  // Three quarters full is where probing begins to cost more than the memory that it saves.
  if ((size_ + 1) * 4 > (mask_ + 1) * 3 && !resize((mask_ + 1) * 2)) return false;
  size_t i = hash & mask_;
  while (slots_[i].record != none) i = (i + 1) & mask_;
  slots_[i] = {hash, record};
  size_++;
  return true;
}

void FlowIndex::erase(uint32_t hash, uint32_t record) {
  size_t hole = hash & mask_;
  while (slots_[hole].record != record) hole = (hole + 1) & mask_;
  // Slots behind the hole move up as long as that brings them no further than their own place.
  for (size_t i = (hole + 1) & mask_; slots_[i].record != none; i = (i + 1) & mask_) {
    const size_t home = slots_[i].hash & mask_;
    if (((i - home) & mask_) >= ((i - hole) & mask_)) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole] = {0, none};
  size_--;
  // A failed shrink only keeps memory that is held already.
  if (mask_ + 1 > smallest && size_ * 8 < mask_ + 1) resize((mask_ + 1) / 2);
}

void FlowIndex::Unmap::operator()(Slot* from) const { unmap_pages(from, slots * sizeof(Slot)); }

bool FlowIndex::resize(size_t slots) {
  void* memory = map_pages(slots * sizeof(Slot));
  if (memory == nullptr) return false;
  prefer_large_pages(memory, slots * sizeof(Slot));
  std::unique_ptr<Slot[], Unmap> fresh(static_cast<Slot*>(memory), Unmap{slots});
  for (size_t i = 0; i < slots; i++) fresh[i] = {0, none};
  const size_t mask = slots - 1;
  if (slots_ != nullptr) {
    for (size_t i = 0; i <= mask_; i++) {
      if (slots_[i].record == none) continue;
      size_t to = slots_[i].hash & mask;
      while (fresh[to].record != none) to = (to + 1) & mask;
      fresh[to] = slots_[i];
    }
  }
  slots_ = std::move(fresh);
  mask_ = mask;
  return true;
}

}  // namespace nfstream
