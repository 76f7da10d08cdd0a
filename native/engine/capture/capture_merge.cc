#include "engine/capture/capture_merge.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace nfstream {

namespace {

// Packets of a capture that are read ahead: enough to make a read cheap, few enough for hundreds of captures at once.
constexpr size_t records_ahead = 2048;
constexpr size_t bytes_ahead = CaptureReader::min_slab;

void add_up(CaptureCounters& sum, const CaptureCounters& more) {
  sum.packets += more.packets;
  sum.filtered += more.filtered;
  sum.bytes_in += more.bytes_in;
}

}  // namespace

void CaptureMerge::add(uint32_t place, CaptureReader& reader) { added_.push_back(std::make_unique<Input>(place, reader)); }

// The heap's order, which puts the last of it first: a later head is further down.
bool CaptureMerge::is_later(const std::unique_ptr<Input>& a, const std::unique_ptr<Input>& b) {
  const int64_t one = a->head().time_ns;
  const int64_t other = b->head().time_ns;
  return one != other ? one > other : a->place > b->place;
}

// Reads ahead. False when there is no packet any more.
bool CaptureMerge::fill(Input& input) {
  if (input.memory == nullptr) {
    input.memory.reset(static_cast<uint8_t*>(std::malloc(bytes_ahead + records_ahead * sizeof(PacketRecord))));
    if (input.memory == nullptr) throw std::bad_alloc();
    input.ahead.data = input.memory.get();
    input.ahead.data_size = bytes_ahead;
    input.ahead.records = reinterpret_cast<PacketRecord*>(input.memory.get() + bytes_ahead);
    input.ahead.record_capacity = records_ahead;
  }
  input.next = input.ahead.count = 0;
  // What a filter leaves may be nothing of a whole slab.
  while (input.ahead.count == 0 && input.status == ReadStatus::packets) input.status = input.reader->read(input.ahead);
  return input.ahead.count > 0;
}

// Goes to a capture's next packet. False when there is none.
bool CaptureMerge::step(Input& input) { return ++input.next < input.ahead.count || fill(input); }

void CaptureMerge::end(const Input& input) {
  ended_.push_back({input.place, input.status, input.reader});
  add_up(behind_, input.reader->counters());
}

MergeStatus CaptureMerge::read(PacketSlab& slab, PacketOrigin* origins, std::optional<int64_t> until) {
  slab.count = 0;
  ended_.clear();
  for (; !added_.empty(); added_.pop_back()) {
    if (!fill(*added_.back())) {
      end(*added_.back());
      continue;
    }
    heap_.push_back(std::move(added_.back()));
    std::push_heap(heap_.begin(), heap_.end(), is_later);
  }
  size_t used = 0;
  while (!heap_.empty()) {
    if (cancelled_) return MergeStatus::cancelled;
    Input& first = *heap_.front();
    const PacketRecord& head = first.head();
    if (until && head.time_ns >= *until) return MergeStatus::waiting;
    if (slab.count == slab.record_capacity || head.captured_length > slab.data_size - used) return MergeStatus::packets;
    PacketRecord& record = slab.records[slab.count];
    record = head;
    record.data_offset = static_cast<uint32_t>(used);
    record.number_delta = static_cast<uint32_t>(slab.count);
    record.offset_delta = 0;
    std::memcpy(slab.data + used, first.ahead.data + head.data_offset, head.captured_length);
    origins[slab.count] = {static_cast<double>(first.place), static_cast<double>(first.ahead.first_number + head.number_delta),
                           static_cast<double>(first.ahead.first_offset + head.offset_delta)};
    used += head.captured_length;
    slab.count++;
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    if (step(*heap_.back())) {
      std::push_heap(heap_.begin(), heap_.end(), is_later);
    } else {
      end(*heap_.back());
      heap_.pop_back();
    }
  }
  return MergeStatus::end;
}

CaptureCounters CaptureMerge::counters() const {
  CaptureCounters sum = behind_;
  for (const auto& input : heap_) add_up(sum, input->reader->counters());
  return sum;
}

}  // namespace nfstream
