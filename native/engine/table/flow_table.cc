#include "engine/table/flow_table.h"

#include <algorithm>
#include <cstring>

#include "engine/prefetch.h"

namespace nfstream {

namespace {

constexpr size_t cache_line = 64;
// Of a record: what is behind is of columns that few ask for, and comes when it is needed.
constexpr size_t most_prefetched = 384;

}  // namespace

FlowTable::FlowTable(size_t extra_bytes)
    : record_bytes_(sizeof(FlowRecord) + extra_bytes), prefetched_bytes_(std::min(record_bytes_, most_prefetched)),
      records_(record_bytes_, 16, RecordKey::front) {}

void FlowTable::prefetch_record(uint32_t hash) {
  index_.find(hash, [this](uint32_t likely) {
    const char* record = reinterpret_cast<const char*>(&at(likely));
    static_assert(sizeof(FlowRecord) > 2 * cache_line);
    prefetch(record);
    prefetch(record + cache_line);
    prefetch(record + 2 * cache_line);
    for (size_t line = 3 * cache_line; line < prefetched_bytes_; line += cache_line) prefetch(record + line);
    return true;
  });
}

void FlowTable::prefetch_neighbours(uint32_t hash) {
  index_.find(hash, [this](uint32_t likely) {
    const FlowRecord& record = at(likely);
    for (const uint32_t beside : {record.older, record.newer}) {
      if (beside != none) prefetch(&at(beside).newer);
    }
    return true;
  });
}

uint32_t FlowTable::create(uint32_t hash, const FlowKey& key) {
  const uint32_t flow = records_.allocate(RecordKey::has_front(key));
  if (flow == none) return none;
  if (!index_.insert(hash, flow)) {
    records_.release(flow);
    return none;
  }
  FlowRecord& record = at(flow);
  std::memset(static_cast<void*>(&record), 0, record_bytes_);
  record.key.set(key, hash);
  record.dissection = SlabPool::none;
  append(flow, record);
  return flow;
}

void FlowTable::detach(uint32_t flow) {
  const FlowRecord& record = at(flow);
  unlink(record);
  index_.erase(record.key.hash(), flow);
}

void FlowTable::touch(uint32_t flow, FlowRecord& record) {
  if (lists_[false].newest == flow) return;
  if (record.newer == none) return;
  unlink(record);
  append(flow, record);
}

void FlowTable::linger(uint32_t flow) {
  FlowRecord& record = at(flow);
  unlink(record);
  record.lingers = true;
  append(flow, record);
}

uint32_t FlowTable::oldest() {
  const uint32_t open = lists_[false].oldest;
  const uint32_t lingering = lists_[true].oldest;
  if (lingering == none) return open;
  return open != none && at(open).last_packet < at(lingering).last_packet ? open : lingering;
}

void FlowTable::append(uint32_t flow, FlowRecord& record) {
  List& list = lists_[record.lingers];
  record.older = list.newest;
  record.newer = none;
  if (list.newest != none) {
    at(list.newest).newer = flow;
  } else {
    list.oldest = flow;
  }
  list.newest = flow;
}

void FlowTable::unlink(const FlowRecord& record) {
  List& list = lists_[record.lingers];
  if (record.older != none) {
    at(record.older).newer = record.newer;
  } else {
    list.oldest = record.newer;
  }
  if (record.newer != none) {
    at(record.newer).older = record.older;
  } else {
    list.newest = record.older;
  }
}

}  // namespace nfstream
