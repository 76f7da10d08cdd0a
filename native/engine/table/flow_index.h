// From the hash of a flow's key (FlowHash) to its record: open addressing with linear probing. Nothing that is observable depends on the order of the slots.
// With millions of flows, making the table larger or smaller takes a large part of a second; so the slots move to a new one in the order of their places, a few
// at a time, and until they have all moved either table has a part of them.
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

  void prefetch(uint32_t hash) const { nfstream::prefetch(&fetched_.slots[hash & fetched_.mask]); }

  // Record of the first slot with this hash for which `matches(record)` is true, or none. It may be asked of a hash that differs in the highest bit.
  template <typename Matches>
  uint32_t find(uint32_t hash, Matches matches) const {
    return find_in(seen_, hash, matches);
  }

  // For who inserts and erases nothing for a while: a move comes to its end, too.
  void go_on() {
    if (moves()) move_some();
  }

  // False when there is no memory to grow.
  bool insert(uint32_t hash, uint32_t record);
  void erase(uint32_t hash, uint32_t record);
  size_t size() const { return size_; }
  // Of both tables, while there are two, but for what was given back of the old one.
  size_t bytes_held() const;

 private:
  struct Slot {
    uint32_t tag;  // the hash, with its highest bit set; 0 where the slot is free, so that fresh memory is free slots
    uint32_t record;
  };
  static constexpr uint32_t taken = uint32_t{1} << 31;
  // Slots that are given back at once: a large page of them.
  static constexpr size_t piece = (size_t{2} << 20) / sizeof(Slot);

  struct Unmap {
    size_t slots;
    void operator()(Slot* from) const;
  };
  struct Table {
    size_t mask() const { return slots.get_deleter().slots - 1; }
    bool map(size_t count);
    void put(const Slot& slot);
    void erase(uint32_t hash, uint32_t record);

    std::unique_ptr<Slot[], Unmap> slots{nullptr, Unmap{0}};
  };
  struct View {
    const Slot* slots;
    size_t mask;
  };

  template <typename Matches>
  uint32_t find_in(View in, uint32_t hash, Matches matches) const {
    const uint32_t tag = hash | taken;
    for (size_t i = hash & in.mask;; i = (i + 1) & in.mask) {
      const Slot& slot = in.slots[i];
      if (slot.tag == tag && matches(slot.record)) {
        // Callers that ask whether there is one need not ask again.
        if (slot.record == none) __builtin_unreachable();
        return slot.record;
      }
      if (slot.tag == 0) return in.slots == &nothing ? find_in_move(hash, matches) : none;
    }
  }
  // Not inline, so that nothing else is slower for it.
  template <typename Matches>
  __attribute__((noinline)) uint32_t find_in_move(uint32_t hash, Matches matches) const {
    return find_in(view_of(tables_[has_moved(hash)]), hash, matches);
  }

  Table& table() { return tables_[0]; }
  const Table& table() const { return tables_[0]; }
  Table& next() { return tables_[1]; }
  const Table& next() const { return tables_[1]; }
  static View view_of(const Table& table) { return {table.slots.get(), table.mask()}; }
  bool moves() const { return next().slots != nullptr; }
  // In a move: whether the slots whose place is that of this hash are in the new table.
  bool has_moved(uint32_t hash) const { return ((hash - start_) & table().mask()) < moved_; }
  Table& table_of(uint32_t hash) { return tables_[moves() && has_moved(hash)]; }
  bool begin_move(size_t slots);
  void move_some();
  void give_back();
  void end_move();

  static constexpr size_t smallest = 1 << 12;
  static const Slot nothing;
  // Where a slot is looked for first: in the table, and in a move in this one free slot, so that who finds something never asks whether there is a move.
  View seen_{};
  View fetched_{};   // the table, and in a move the one that has the most
  Table tables_[2];  // the second only in a move: from the first one to it
  size_t size_ = 0;
  // Of a move: the old table's free slot at which it has begun, how many slots from there on have moved, and where what was given back begins and ends.
  size_t start_ = 0;
  size_t moved_ = 0;
  size_t given_from_ = 0;
  size_t given_to_ = 0;
};

}  // namespace nfstream
