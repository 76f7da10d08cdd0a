// Several meters: packets are divided among them, a stretch at a time.
#include <algorithm>

#include "engine/meter/meter_group.h"

namespace nfstream {

namespace {

// So few packets are not worth waking threads for.
constexpr size_t few = 128;
// Packets that are looked up ahead of the one that is taken.
constexpr size_t look_ahead = 16;

}  // namespace

MeterStatus MeterGroup::feed_routed(const std::vector<PacketBatchView>& batches) {
  const Step take = [this](Part& part) { return part.meter->feed(*at_work_, static_cast<size_t>(&part - parts_.data()), part.next); };
  for (;;) {
    if (!works_ && routed_) begin_stretch();
    const bool more = routed_to_.batch < batches.size();
    const bool done = !works_ && !more;
    if (!done) {
      tasks_.clear();
      if (works_ && !in_turn_) add_meters();
      if (works_ && in_turn_ && may_take_in_turn()) tasks_.push_back({TaskKind::in_turn, 0});
      if (more && !routed_) tasks_.push_back({TaskKind::route, 0});
      if (!run_tasks(take, &batches)) return MeterStatus::no_memory;
      if (works_ && all_done()) works_ = false;
    }
    const MeterStatus status = let_leave(done, false);
    if (status != MeterStatus::done) return status;
    if (done) break;
  }
  routed_to_ = BatchPosition();
  for (Part& part : parts_) {
    part.status = MeterStatus::full;
    if (!part.meter->rest()) return MeterStatus::no_memory;
  }
  return merge(false) ? MeterStatus::done : MeterStatus::no_memory;
}

void MeterGroup::begin_stretch() {
  at_work_.swap(upcoming_);
  routed_ = false;
  works_ = true;
  in_turn_ = at_work_->count() <= few || !limit_.has_room_for(at_work_->count());
  next_in_turn_ = 0;
  for (Part& part : parts_) {
    part.status = MeterStatus::full;
    part.stopped = true;
    part.next = 0;
  }
}

void MeterGroup::give_up_batches() {
  works_ = routed_ = false;
  routed_to_ = BatchPosition();
  for (Part& part : parts_) part.status = MeterStatus::full;
}

// Where too many flows wait, and some of them can leave, they do first.
bool MeterGroup::may_take_in_turn() {
  const auto many = [this](const Part& part) { return part.meter->leaving() >= max_rows_; };
  return first_ended() == nullptr || std::none_of(parts_.begin(), parts_.end(), many);
}

void MeterGroup::take_in_turn() {
  const Stretch& stretch = *at_work_;
  const auto meter_of = [this](const PreparedPacket& packet) -> Meter& { return *parts_[packet.meter].meter; };
  for (Part& part : parts_) part.meter->free_gone();
  for (; next_in_turn_ < stretch.count(); next_in_turn_++) {
    for (const size_t ahead : {2 * look_ahead, look_ahead}) {
      if (next_in_turn_ + ahead >= stretch.count()) continue;
      const PreparedPacket& coming = stretch.packet(next_in_turn_ + ahead);
      if (ahead == look_ahead) meter_of(coming).prefetch_record(coming);
      else meter_of(coming).prefetch_slot(coming);
    }
    const PreparedPacket& packet = stretch.packet(next_in_turn_);
    const MeterStatus status = meter_of(packet).feed(packet, stretch.marks());
    if (status == MeterStatus::done) continue;
    parts_[packet.meter].status = status;
    return stop_in_turn(packet);
  }
  for (Part& part : parts_) {
    part.stopped = !part.meter->follow(stretch.marks(), stretch.end_ms(), UINT64_MAX);
    part.status = part.stopped ? MeterStatus::full : part.meter->exchange_processes() ? MeterStatus::done : MeterStatus::no_memory;
  }
}

// All that the packet's clock ends, and what is before, is to leave; then the packet can be taken.
void MeterGroup::stop_in_turn(const PreparedPacket& at) {
  for (size_t i = 0; i < parts_.size(); i++) {
    Meter& meter = *parts_[i].meter;
    parts_[i].stopped = i == at.meter ? meter.full() : !meter.follow(at_work_->marks(), to_ms(at.now_ns), at.number);
  }
}

}  // namespace nfstream
