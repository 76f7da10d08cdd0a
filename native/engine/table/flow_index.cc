#include "engine/table/flow_index.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/pages.h"

namespace nfstream {

namespace {

// Slots that are moved at once: enough that a move is over long before the next one has to begin, and that the old table does not fill up meanwhile.
constexpr size_t step = 64;
// Places are of hashes without their highest bit.
constexpr size_t largest = size_t{1} << 31;

}  // namespace

const FlowIndex::Slot FlowIndex::nothing{0, 0};

void FlowIndex::Unmap::operator()(Slot* from) const { unmap_pages(from, slots * sizeof(Slot)); }

bool FlowIndex::Table::map(size_t count) {
  void* memory = map_pages(count * sizeof(Slot));
  if (memory == nullptr) return false;
  prefer_large_pages(memory, count * sizeof(Slot));
  slots = {static_cast<Slot*>(memory), Unmap{count}};
  return true;
}

void FlowIndex::Table::put(const Slot& slot) {
  size_t i = slot.tag & mask();
  while (slots[i].tag != 0) i = (i + 1) & mask();
  slots[i] = slot;
}

void FlowIndex::Table::erase(uint32_t hash, uint32_t record) {
  size_t hole = hash & mask();
  while (slots[hole].record != record) hole = (hole + 1) & mask();
  // Slots behind the hole move up as long as that brings them no further than their own place.
  for (size_t i = (hole + 1) & mask(); slots[i].tag != 0; i = (i + 1) & mask()) {
    const size_t home = slots[i].tag & mask();
    if (((i - home) & mask()) >= ((i - hole) & mask())) {
      slots[hole] = slots[i];
      hole = i;
    }
  }
  slots[hole] = {};
}

FlowIndex::FlowIndex() {
  if (!table().map(smallest)) throw std::bad_alloc();
  seen_ = fetched_ = view_of(table());
}

bool FlowIndex::insert(uint32_t hash, uint32_t record) {
  const size_t slots = table().mask() + 1;
  // Three quarters full is where probing begins to cost more than the memory that it saves.
  if (moves()) move_some();
  else if ((size_ + 1) * 4 > slots * 3 && (slots == largest || !begin_move(slots * 2))) return false;
  table_of(hash).put({hash | taken, record});
  size_++;
  return true;
}

void FlowIndex::erase(uint32_t hash, uint32_t record) {
  table_of(hash).erase(hash, record);
  size_--;
  const size_t slots = table().mask() + 1;
  if (moves()) move_some();
  // Where that fails, memory is kept that is held already.
  else if (slots > smallest && size_ * 8 < slots) begin_move(slots / 2);
}

size_t FlowIndex::bytes_held() const {
  const size_t slots = table().mask() + 1 + (moves() ? next().mask() + 1 : 0);
  return (slots - (given_to_ - given_from_)) * sizeof(Slot);
}

bool FlowIndex::begin_move(size_t slots) {
  if (!next().map(slots)) return false;
  start_ = moved_ = 0;
  // No slot from there on has its place before it.
  while (table().slots[start_].tag != 0) start_++;
  given_from_ = given_to_ = (start_ + piece) / piece * piece;
  seen_ = {&nothing, 0};
  return true;
}

// Moves a few slots, and those up to the next free one: of what lies between two free slots, all can be found in the one table, or all in the other.
void FlowIndex::move_some() {
  for (size_t looked = 0;; looked++, moved_++) {
    Slot& slot = table().slots[(start_ + moved_) & table().mask()];
    if (slot.tag != 0) {
      next().put(slot);
      slot = {};
    } else if (moved_ > table().mask()) {
      return end_move();
    } else if (looked >= step) {
      if (moved_ > table().mask() / 2) fetched_ = view_of(next());
      return give_back();
    }
  }
}

// What has moved out of the old table, a large page at a time: to give back hundreds of megabytes at once takes long too.
void FlowIndex::give_back() {
  const size_t passed = std::min(start_ + moved_, table().mask() + 1) / piece * piece;
  if (passed <= given_to_) return;
  // Slots that came to the table's end meanwhile, and went on from its beginning as far as here, have yet to move.
  if (table().slots[given_from_ - 1].tag != 0) return;
  drop_pages(&table().slots[given_to_], (passed - given_to_) * sizeof(Slot));
  given_to_ = passed;
}

void FlowIndex::end_move() {
  table() = std::move(next());
  seen_ = fetched_ = view_of(table());
  given_from_ = given_to_ = 0;
}

}  // namespace nfstream
