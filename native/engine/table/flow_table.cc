#include "engine/table/flow_table.h"

#include <cstring>

namespace nfstream {

FlowTable::FlowTable(size_t extra_bytes) : record_bytes_(sizeof(FlowRecord) + extra_bytes), records_(record_bytes_, 12, RecordKey::front) {}

void FlowTable::prefetch_record(uint32_t hash) {
  const uint32_t flow = index_.likely(hash);
  if (flow == FlowIndex::none) return;
  const char* record = reinterpret_cast<const char*>(&at(flow));
  __builtin_prefetch(record);
  __builtin_prefetch(record + 64);
  __builtin_prefetch(record + 128);
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

void FlowTable::touch(uint32_t flow) {
  if (lists_[false].newest == flow) return;
  FlowRecord& record = at(flow);
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
