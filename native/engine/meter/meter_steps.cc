// Lockstep: a meter that is called packet by packet, by somebody who may end the packet's flow.
#include <algorithm>
#include <new>

#include "engine/meter/meter.h"

namespace nfstream {

void Meter::begin(const PacketBatchView& packets) {
  batch_ = packets;
  next_ = window_at_ = window_size_ = 0;
  stepped_ = FlowTable::none;
}

MeterStatus Meter::step(SteppedPacket& stepped, bool& told) {
  told = false;
  stepped_ = FlowTable::none;
  if (window_ == nullptr) window_.reset(new Looked[look_ahead]);
  while (next_ < batch_.count) {
    if (window_at_ == window_size_) {
      window_size_ = std::min(look_ahead, batch_.count - next_);
      window_at_ = 0;
      for (size_t i = 0; i < window_size_; i++) look_up(batch_, next_ + i, window_[i]);
      for (size_t i = 0; i < window_size_; i++) table_.prefetch_record(window_[i].prepared.hash);
    }
    Looked& looked = window_[window_at_];
    if (shared_.clock.admit(looked.prepared, looked.reason)) {
      stepped.flow = FlowTable::none;
      const MeterStatus status = count(looked.prepared, nullptr, &shared_.limit, &stepped);
      if (status != MeterStatus::done) return status;
      shared_.clock.pass(looked.prepared);
      told = stepped.flow != FlowTable::none && !table_.at(stepped.flow).unwatched;
      stepped.index = next_;
    }
    window_at_++;
    next_++;
    if (!told) continue;
    stepped_ = stepped.flow;
    return MeterStatus::done;
  }
  return rest() ? MeterStatus::done : MeterStatus::no_memory;
}

const EndedFlow* Meter::newly_ended(size_t most, size_t& count) {
  const EndedFlow* first = ended_.data() + told_;
  count = std::min(most, ended_.size() - told_);
  told_ += count;
  return first;
}

MeterStatus Meter::expire_stepped(int32_t reason, bool ignore_rest) {
  const uint32_t flow = stepped_;
  if (flow == FlowTable::none) return MeterStatus::done;
  stepped_ = FlowTable::none;
  FlowRecord& record = table_.at(flow);
  const FlowKey key = record.key.whole();
  const uint32_t hash = record.key.hash();
  const int64_t heard_ns = layout().heard_ns(record);
  end(flow, EndReason::custom, shared_.clock.passed());
  record.custom_reason = reason;
  if (!ignore_rest) return MeterStatus::done;
  const uint32_t swallows = table_.create(hash, key);
  if (swallows == FlowTable::none) return MeterStatus::no_memory;
  FlowRecord& mute = table_.at(swallows);
  mute.counting = Counting::mute;
  mute.last_ns[0] = heard_ns;
  expiry_.look_again();
  mute.last_packet = shared_.clock.passed();
  mute_++;
  return MeterStatus::done;
}

void Meter::unwatch_stepped() {
  if (stepped_ != FlowTable::none) table_.at(stepped_).unwatched = true;
}

std::vector<uint32_t> Meter::live_flows(uint64_t after) {
  std::vector<uint32_t> flows;
  for (const bool lingering : {false, true}) {
    for (uint32_t flow = table_.newest(lingering); flow != FlowTable::none && table_.at(flow).last_packet > after; flow = table_.at(flow).older) {
      if (table_.at(flow).counting != Counting::mute) flows.push_back(flow);
    }
  }
  std::sort(flows.begin(), flows.end(), [this](uint32_t one, uint32_t other) { return table_.at(one).last_packet < table_.at(other).last_packet; });
  return flows;
}

void Meter::mark_told(uint32_t flow) {
  if (!tracks_.layout().has(Track::told)) return;
  FlowRecord& record = table_.at(flow);
  tracks_.layout().told(record) = {record.total_packets(), record.total_bytes()};
}

uint64_t Meter::untold_bytes(uint32_t flow) {
  const FlowRecord& record = table_.at(flow);
  return record.total_bytes() - (tracks_.layout().has(Track::told) ? tracks_.layout().told(record).bytes : 0);
}

const FlowRecord& Meter::as_it_is(uint32_t flow, bool named, bool labelled) {
  FlowRecord& record = table_.at(flow);
  if (labelled && !catch_up()) throw std::bad_alloc();
  if (labelled && dissection_ != nullptr && record.phase.get() != DissectPhase::done) dissection_->peek(record);
  if (named) tracks_.finish(record);
  return record;
}

}  // namespace nfstream
