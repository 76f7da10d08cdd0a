// The open flows: found by key, kept in lists ordered by last packet. The lists' order is what idle expiry and eviction follow. Flows
// that are closed and linger have a list of their own, since they wait for less long.
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

  // For a flow that is looked for soon, one after the other, each with some time in between: its slot, its record, and the records beside it in its list.
  void prefetch_slot(uint32_t hash) const { index_.prefetch(hash); }
  void prefetch_record(uint32_t hash);
  void prefetch_neighbours(uint32_t hash);
  // Once in a few packets: a larger or smaller index is then reached also where all packets are of flows that there are.
  void go_on() { index_.go_on(); }
  // Whether the table is so large that the last of these is worth its instructions: a smaller one is in the cache.
  bool is_large() const { return size() > 32768; }

  // `found` is its record, if there is one.
  uint32_t find(uint32_t hash, const FlowKey& key, FlowRecord*& found) {
    const uint32_t flow = index_.find(hash, [this, &key](uint32_t likely) { return at(likely).key.is(key); });
    if (flow != none) found = &at(flow);
    return flow;
  }
  FlowRecord& at(uint32_t flow) { return *static_cast<FlowRecord*>(records_.at(flow)); }

  bool has(uint32_t flow) const { return records_.has(flow); }

  // A zeroed record at the end of its list, or none when there is no memory.
  uint32_t create(uint32_t hash, const FlowKey& key);
  // Takes an ended flow out of the index and its list. Its record stays until it is released.
  void detach(uint32_t flow);
  void release(uint32_t flow) { records_.release(flow); }
  // The flow has a packet now: it goes to the end of its list.
  void touch(uint32_t flow, FlowRecord& record);
  // The flow, which has just been touched, is closed.
  void linger(uint32_t flow);
  // Of those that are open, or that linger, the flow whose last packet is the oldest, or none.
  uint32_t oldest(bool lingering) const { return lists_[lingering].oldest; }
  // The one whose last packet is the newest, or none.
  uint32_t newest(bool lingering) const { return lists_[lingering].newest; }
  // The oldest of all.
  uint32_t oldest();

  // Open flows: those that were not detached.
  size_t size() const { return index_.size(); }
  size_t bytes_held() const { return records_.bytes_held() + index_.bytes_held(); }

 private:
  struct List {
    uint32_t oldest = none;
    uint32_t newest = none;
  };

  void append(uint32_t flow, FlowRecord& record);
  void unlink(const FlowRecord& record);

  size_t record_bytes_;
  size_t prefetched_bytes_;
  SlabPool records_;
  FlowIndex index_;
  List lists_[2];
};

}  // namespace nfstream
