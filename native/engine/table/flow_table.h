// The open flows: found by key, kept in a list ordered by last packet. The list's order is what idle expiry and eviction follow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/table/flow_index.h"
#include "engine/table/flow_record.h"
#include "engine/table/slab_pool.h"

namespace nfstream {

class FlowTable {
 public:
  static constexpr uint32_t none = SlabPool::none;

  // Every record is followed by `extra_bytes` for its owner's use, zeroed like the record.
  explicit FlowTable(size_t extra_bytes = 0);

  uint32_t hash(const FlowKey& key) const { return index_.hash(key); }
  void prefetch_slot(uint32_t hash) const { index_.prefetch(hash); }
  void prefetch_record(uint32_t hash);

  uint32_t find(uint32_t hash, const FlowKey& key) {
    return index_.find(hash, [&](uint32_t flow) { return at(flow).key == key; });
  }
  FlowRecord& at(uint32_t flow) { return *static_cast<FlowRecord*>(records_.at(flow)); }

  // A zeroed record at the end of the list, or none when there is no memory.
  uint32_t create(uint32_t hash, const FlowKey& key);
  // Takes an ended flow out of the index and the list. Its record stays until it is released.
  void detach(uint32_t flow);
  void release(uint32_t flow) { records_.release(flow); }
  // The flow has a packet now: it goes to the end of the list.
  void touch(uint32_t flow);
  // The flow whose last packet is the oldest, or none.
  uint32_t oldest() const { return oldest_; }

  // Open flows: those that were not detached.
  size_t size() const { return index_.size(); }
  size_t bytes_held() const { return records_.bytes_held() + index_.bytes_held(); }

 private:
  void append(uint32_t flow, FlowRecord& record);
  void unlink(const FlowRecord& record);

  size_t record_bytes_;
  SlabPool records_;
  FlowIndex index_;
  uint32_t oldest_ = none;
  uint32_t newest_ = none;
};

}  // namespace nfstream
