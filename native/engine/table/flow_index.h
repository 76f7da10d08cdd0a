// From the hash of a flow's key (FlowHash) to its record: open addressing with linear probing. Nothing that is observable depends on the order of the slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/prefetch.h"

namespace nfstream {

class FlowIndex {
 public:
  static constexpr uint32_t none = 0xffffffff;

  // Throws std::bad_alloc.
  FlowIndex();

  void prefetch(uint32_t hash) const { nfstream::prefetch(&slots_[hash & mask_]); }

  // Record of the first slot with this hash for which `matches(record)` is true, or none.
  template <typename Matches>
  uint32_t find(uint32_t hash, Matches matches) const {
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.record == none) return none;
      if (slot.hash == hash && matches(slot.record)) return slot.record;
    }
  }

  // The record of the first slot with this hash, a guess for prefetching, or none.
  uint32_t likely(uint32_t hash) const {
    return find(hash, [](uint32_t) { return true; });
  }

  // False when there is no memory to grow.
  bool insert(uint32_t hash, uint32_t record);
  void erase(uint32_t hash, uint32_t record);
  size_t size() const { return size_; }
  size_t bytes_held() const { return (mask_ + 1) * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t hash;
    uint32_t record;
  };

  bool resize(size_t slots);

  struct Unmap {
    size_t slots;
    void operator()(Slot* from) const;
  };

  static constexpr size_t smallest = 1 << 12;
  std::unique_ptr<Slot[], Unmap> slots_{nullptr, Unmap{0}};
  size_t mask_ = 0;
  size_t size_ = 0;
};

}  // namespace nfstream
