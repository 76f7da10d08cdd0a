#include "engine/decode/fragment_table.h"

namespace nfstream {

namespace {

// Times are any 64-bit number that a file holds.
bool within_wait(int64_t a, int64_t b) {
  const uint64_t distance = a > b ? static_cast<uint64_t>(a) - static_cast<uint64_t>(b) : static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
  return distance <= static_cast<uint64_t>(FragmentTable::longest_wait_ns);
}

}  // namespace

uint32_t FragmentTable::lookup(uint32_t hash, const FlowKey& key) const {
  return index_.find(hash, [&](uint32_t entry) { return entries_[entry].key == key; });
}

void FragmentTable::forget(uint32_t entry) {
  if (!entries_[entry].known) return;
  index_.erase(entries_[entry].hash, entry);
  entries_[entry].known = false;
}

// The oldest entry, or a new one while there is room.
uint32_t FragmentTable::next_entry() {
  const uint32_t entry = next_;
  next_ = (next_ + 1) % capacity;
  if (entry == entries_.size()) entries_.emplace_back();
  else forget(entry);
  return entry;
}

void FragmentTable::note(const FlowKey& key, int64_t time_ns, const FirstFragment& first) {
  const uint32_t hash = hash_(key);
  const uint32_t before = lookup(hash, key);
  if (before != FlowIndex::none) forget(before);
  const uint32_t entry = next_entry();
  entries_[entry] = {key, time_ns, hash, index_.insert(hash, entry), first};
}

const FirstFragment* FragmentTable::find(const FlowKey& key, int64_t time_ns) const {
  const uint32_t entry = lookup(hash_(key), key);
  return entry != FlowIndex::none && within_wait(entries_[entry].time_ns, time_ns) ? &entries_[entry].first : nullptr;
}

}  // namespace nfstream
