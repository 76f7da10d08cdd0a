#include "engine/table/flow_table.h"

#include <cstring>

namespace nfstream {

FlowTable::FlowTable(size_t extra_bytes) : record_bytes_(sizeof(FlowRecord) + extra_bytes), records_(record_bytes_, 12) {}

void FlowTable::prefetch_record(uint32_t hash) {
  const uint32_t flow = index_.likely(hash);
  if (flow == FlowIndex::none) return;
  const char* record = reinterpret_cast<const char*>(&at(flow));
  __builtin_prefetch(record);
  __builtin_prefetch(record + 64);
  __builtin_prefetch(record + 128);
}

uint32_t FlowTable::create(uint32_t hash, const FlowKey& key) {
  const uint32_t flow = records_.allocate();
  if (flow == none) return none;
  if (!index_.insert(hash, flow)) {
    records_.release(flow);
    return none;
  }
  FlowRecord& record = at(flow);
  std::memset(static_cast<void*>(&record), 0, record_bytes_);
  record.key = key;
  record.hash = hash;
  record.dissection = SlabPool::none;
  append(flow, record);
  return flow;
}

void FlowTable::detach(uint32_t flow) {
  const FlowRecord& record = at(flow);
  unlink(record);
  index_.erase(record.hash, flow);
}

void FlowTable::touch(uint32_t flow) {
  if (newest_ == flow) return;
  FlowRecord& record = at(flow);
  unlink(record);
  append(flow, record);
}

void FlowTable::append(uint32_t flow, FlowRecord& record) {
  record.older = newest_;
  record.newer = none;
  if (newest_ != none) {
    at(newest_).newer = flow;
  } else {
    oldest_ = flow;
  }
  newest_ = flow;
}

void FlowTable::unlink(const FlowRecord& record) {
  if (record.older != none) {
    at(record.older).newer = record.newer;
  } else {
    oldest_ = record.newer;
  }
  if (record.newer != none) {
    at(record.newer).older = record.older;
  } else {
    newest_ = record.older;
  }
}

}  // namespace nfstream
