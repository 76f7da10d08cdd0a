#include "engine/meter/meter_group.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace nfstream {

namespace {

// At the end of a run flows wait so long for their processes.
constexpr std::chrono::milliseconds most_patience{3000};
// Packets of a stretch: few enough to stay in a core's cache on their way to another, and to overlap with what is done beside them; enough to be worth waking a
// thread.
constexpr size_t stretch_length = 4096;

std::unique_ptr<ProcessLookup> lookup_for(const MeterOptions& options) {
  return (tracks_for(options).tracks & nfstream::only(Track::process)) == 0 ? nullptr : std::make_unique<ProcessLookup>();
}

}  // namespace

MeterGroup::MeterGroup(const MeterOptions& options, const std::vector<Dissector*>& dissectors)
    : clock_(options.max_clock_step_ms), limit_(options.capacity), parts_(dissectors.size()), patience_(most_patience), processes_(lookup_for(options)),
      max_rows_(options.max_rows), put_out_beside_(dissectors.size() > 1 && options.dissections == 0 && processes_ == nullptr),
      router_(dissectors.size(), options.dissections > 0, clock_, hash_),
      output_(options.columns, options.format, tracks_for(options).layout(), dissectors[0], options.max_rows, options.max_bytes), first_id_(options.first_id),
      max_flows_(options.max_flows), crew_(dissectors.size()) {
  for (size_t i = 0; i < parts_.size(); i++) {
    parts_[i].meter = std::make_unique<Meter>(options, dissectors[i], Shared{clock_, hash_, limit_, processes_.get()});
    limit_.add(*parts_[i].meter);
  }
  if (parts_.size() == 1) return;
  const bool every_packet = std::min(options.idle_timeout_ms, options.tcp_linger_ms) <= 0;
  for (std::unique_ptr<Stretch>* stretch : {&at_work_, &upcoming_}) *stretch = std::make_unique<Stretch>(parts_.size(), stretch_length, every_packet);
}

MeterStatus MeterGroup::feed(const std::vector<PacketBatchView>& batches) { return parts_.size() == 1 ? feed_alone(batches) : feed_routed(batches); }

MeterStatus MeterGroup::feed_alone(const std::vector<PacketBatchView>& batches) {
  return advance(
      [&](Part& part) {
        BatchPosition& at = part.at;
        for (; at.batch < batches.size(); at.batch++) {
          const MeterStatus status = part.meter->feed(batches[at.batch], at.next);
          if (status != MeterStatus::done) return status;
          at.next = 0;
        }
        return part.meter->rest() ? MeterStatus::done : MeterStatus::no_memory;
      },
      false);
}

MeterStatus MeterGroup::expire(int64_t now_ms) {
  return advance(
      [now_ms](Part& part) {
        const MeterStatus status = part.meter->expire(now_ms);
        return part.meter->catch_up() ? status : MeterStatus::no_memory;
      },
      false);
}

MeterStatus MeterGroup::flush() {
  if (works_ || routed_ || routed_to_.batch + routed_to_.next > 0) give_up_batches();
  const MeterStatus status = advance([](Part& part) { return part.meter->flush(); }, true);
  if (status != MeterStatus::done) return status;
  settle();
  for (Part& part : parts_) part.status = MeterStatus::done;
  return drain(true);
}

void MeterGroup::settle() {
  if (processes_ == nullptr) return;
  exchange_processes();
  const auto began = std::chrono::steady_clock::now();
  processes_->settle(patience_);
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  patience_ -= std::min(waited, patience_);
  exchange_processes();
}

void MeterGroup::exchange_processes() {
  for (Part& part : parts_) {
    if (!part.meter->exchange_processes()) throw std::bad_alloc();
  }
}

MeterStatus MeterGroup::drain(bool all) {
  if (!merge(all)) return MeterStatus::no_memory;
  if (enough()) return MeterStatus::enough;
  return output_.full() ? MeterStatus::full : MeterStatus::done;
}

MeterStatus MeterGroup::advance(const Step& step, bool last) {
  for (;;) {
    tasks_.clear();
    add_meters();
    if (!run_tasks(step, nullptr)) return MeterStatus::no_memory;
    const bool done = all_done();
    const MeterStatus status = let_leave(done, last);
    if (status != MeterStatus::done) return status;
    if (!done) continue;
    for (Part& part : parts_) {
      part.status = MeterStatus::full;
      part.at = BatchPosition();
    }
    return MeterStatus::done;
  }
}

bool MeterGroup::all_done() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.status == MeterStatus::done; });
}

// Those that have not done the step, and are not full of flows that wait.
void MeterGroup::add_meters() {
  for (size_t i = 0; i < parts_.size(); i++) {
    Part& part = parts_[i];
    part.stopped = part.status == MeterStatus::full;
    if (part.stopped && !part.meter->full() && part.meter->leaving() < max_rows_) tasks_.push_back({TaskKind::meter, i});
  }
}

bool MeterGroup::run_tasks(const Step& step, const std::vector<PacketBatchView>* batches) {
  const auto leaves = [](const Part& part) { return part.meter->head() != nullptr; };
  if (put_out_beside_ && std::any_of(parts_.begin(), parts_.end(), leaves)) tasks_.push_back({TaskKind::put_out, 0});
  crew_.run(tasks_.size(), [&](size_t i) {
    Part& part = parts_[tasks_[i].part];
    const TaskKind kind = tasks_[i].kind;
    try {
      if (kind == TaskKind::route) {
        router_.route(*batches, routed_to_, *upcoming_);
        routed_ = true;
      } else if (kind == TaskKind::put_out) {
        if (!put_out(false)) throw std::bad_alloc();
      } else if (kind == TaskKind::in_turn) {
        take_in_turn();
      } else {
        part.meter->free_gone();
        part.status = step(part);
        part.stopped = part.status == MeterStatus::full;
      }
    } catch (const std::bad_alloc&) {
      out_of_memory_ = true;
    }
  });
  for (Part& part : parts_) {
    if (part.status == MeterStatus::no_memory) out_of_memory_ = true;
    part.behind = part.stopped;
    if (put_out_beside_) part.meter->collect(true);
  }
  return !out_of_memory_;
}

MeterStatus MeterGroup::let_leave(bool done, bool last) {
  if (put_out_beside_) {
    if (done && !merge(false)) return MeterStatus::no_memory;
  } else {
    if (!done && (last || last_waits())) settle();
    if (!merge(false)) return MeterStatus::no_memory;
    // A meter that is full can't go on before its flows have left.
    const bool full = std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.meter->full(); });
    if (!done && full && !merge(true)) return MeterStatus::no_memory;
  }
  if (enough()) return MeterStatus::enough;
  return output_.full() ? MeterStatus::full : MeterStatus::done;
}

// Whether all that is put out at most has ended.
bool MeterGroup::last_waits() const {
  uint64_t all = flows_;
  for (const Part& part : parts_) all += part.meter->waiting();
  return all >= max_flows_;
}

// The part whose ended flow is the next in the order; null when there is none, or when a part could still end an earlier one.
MeterGroup::Part* MeterGroup::first_ended() {
  Part* first = nullptr;
  for (Part& part : parts_) {
    const EndedFlow* head = part.meter->head();
    if (head == nullptr) {
      if (part.behind) return nullptr;
      continue;
    }
    const EndedFlow* best = first == nullptr ? nullptr : first->meter->head();
    const bool earlier = best == nullptr || head->ended_by < best->ended_by || (head->ended_by == best->ended_by && head->last_packet < best->last_packet);
    if (earlier) first = &part;
  }
  return first;
}

bool MeterGroup::put_out(bool all) {
  while (!output_.full() && !enough()) {
    Part* part = first_ended();
    if (part == nullptr || (!all && (!part->meter->head_is_dissected() || part->meter->head_awaits()))) return true;
    if (!part->meter->dissect_head()) return false;
    const EndedFlow& head = *part->meter->head();
    output_.append(first_id_ + flows_++, *head.record, head.reason);
    ended_[static_cast<size_t>(head.reason)]++;
    part->meter->pop();
  }
  return true;
}

bool MeterGroup::merge(bool all) {
  exchange_processes();
  for (Part& part : parts_) part.meter->collect(put_out_beside_);
  const bool memory = put_out(all);
  for (Part& part : parts_) {
    part.meter->free_gone();
    part.meter->collect(put_out_beside_);
    part.meter->free_gone();
  }
  return memory;
}

RunCounters MeterGroup::counters() const {
  RunCounters all;
  static_cast<ClockCounters&>(all) = clock_.counters();
  for (const Part& part : parts_) {
    const MeterCounters& counters = part.meter->counters();
    all.packets += counters.packets;
    all.ignored[static_cast<size_t>(IgnoreReason::after_expire)] += counters.swallowed;
  }
  // Flows count when they are put out: a meter may have ended more.
  all.flows = flows_;
  std::copy(std::begin(ended_), std::end(ended_), all.ended);
  return all;
}

bool MeterGroup::has_waiting() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.meter->waiting() > 0; });
}

size_t MeterGroup::open_flows() const {
  size_t all = 0;
  for (const Part& part : parts_) all += part.meter->open_flows() + part.meter->waiting();
  return all;
}

size_t MeterGroup::bytes_held() const {
  size_t all = 0;
  for (const Part& part : parts_) all += part.meter->bytes_held();
  return all;
}

}  // namespace nfstream
