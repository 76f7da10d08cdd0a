#include "engine/meter/meter_group.h"

#include <algorithm>
#include <iterator>
#include <new>

namespace nfstream {

namespace {

// At the end of a run flows wait so long for their processes.
constexpr std::chrono::milliseconds most_patience{3000};

std::unique_ptr<ProcessLookup> lookup_for(const MeterOptions& options) {
  return (tracks_for(options).tracks & nfstream::only(Track::process)) == 0 ? nullptr : std::make_unique<ProcessLookup>();
}

}  // namespace

MeterGroup::MeterGroup(const MeterOptions& options, const std::vector<Dissector*>& dissectors)
    : parts_(dissectors.size()), patience_(most_patience), processes_(lookup_for(options)),
      output_(options.columns, options.format, tracks_for(options).layout(), dissectors[0], options.max_rows, options.max_bytes), crew_(dissectors.size()),
      first_id_(options.first_id), max_flows_(options.max_flows) {
  const auto count = static_cast<uint32_t>(dissectors.size());
  for (uint32_t i = 0; i < count; i++) parts_[i].meter = std::make_unique<Meter>(options, dissectors[i], Shard{i, count}, processes_.get());
}

MeterStatus MeterGroup::feed(const std::vector<PacketBatchView>& batches) {
  return advance(
      [&](Part& part) {
        for (; part.batch < batches.size(); part.batch++) {
          const MeterStatus status = part.meter->feed(batches[part.batch], part.next);
          if (status != MeterStatus::done) return status;
          part.next = 0;
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

MeterStatus MeterGroup::snapshot(bool active, size_t most, std::vector<uint32_t>* slots) {
  if (next_shown_ == shown_.size()) {
    exchange_processes();
    for (Part& part : parts_) {
      if (!part.meter->catch_up()) return MeterStatus::no_memory;
    }
    shown_.clear();
    next_shown_ = 0;
    const uint64_t after = active ? shown_to_ : 0;
    shown_to_ = parts_[0].meter->fed();
    for (Part& part : parts_) {
      for (const uint32_t flow : part.meter->live_flows(after))
        shown_.push_back({part.meter.get(), flow, part.meter->record(flow).last_packet, std::max<uint64_t>(1, part.meter->untold_bytes(flow))});
    }
    threshold_ = 0;
    if (shown_.size() > most) sample(most);
    std::sort(shown_.begin(), shown_.end(), [](const LiveFlow& one, const LiveFlow& other) { return one.last_packet < other.last_packet; });
  }
  for (; next_shown_ < shown_.size(); next_shown_++) {
    if (output_.full()) return MeterStatus::full;
    const LiveFlow& shown = shown_[next_shown_];
    output_.append(0, shown.meter->as_it_is(shown.flow, true, true), EndReason::snapshot);
    shown.meter->mark_told(shown.flow);
    ended_[static_cast<size_t>(EndReason::snapshot)]++;
    if (slots != nullptr) slots->push_back(shown.flow);
  }
  return MeterStatus::done;
}

// Keeps flows with a probability that is their share of the bytes (probability proportional to size): all large ones, and of the small ones so many that each
// stands for the same number of bytes. What is added up of them is right in the mean, and what weighs most is exact.
void MeterGroup::sample(size_t most) {
  double rest = 0;
  for (const LiveFlow& flow : shown_) rest += static_cast<double>(flow.bytes);
  threshold_ = rest / static_cast<double>(most);
  // What is above it takes a place by itself, which lowers it for the others.
  for (bool changed = true; changed;) {
    double large = 0;
    size_t count = 0;
    for (const LiveFlow& flow : shown_) {
      if (static_cast<double>(flow.bytes) < threshold_) continue;
      large += static_cast<double>(flow.bytes);
      count++;
    }
    const double next = count >= most ? threshold_ : (rest - large) / static_cast<double>(most - count);
    changed = next < threshold_;
    threshold_ = std::min(threshold_, next);
  }
  double passed = 0.5;
  const auto kept = [&](const LiveFlow& flow) {
    if (static_cast<double>(flow.bytes) >= threshold_) return true;
    passed += static_cast<double>(flow.bytes) / threshold_;
    if (passed < 1) {
      flow.meter->mark_told(flow.flow);
      return false;
    }
    passed -= 1;
    return true;
  };
  shown_.erase(std::remove_if(shown_.begin(), shown_.end(), [&](const LiveFlow& flow) { return !kept(flow); }), shown_.end());
}

MeterStatus MeterGroup::drain(bool all) {
  if (!merge(all)) return MeterStatus::no_memory;
  if (enough()) return MeterStatus::enough;
  return output_.full() ? MeterStatus::full : MeterStatus::done;
}

template <typename Step>
MeterStatus MeterGroup::advance(Step step, bool last) {
  for (;;) {
    crew_.run([&](size_t i) {
      Part& part = parts_[i];
      if (part.status != MeterStatus::full || part.meter->full()) return;
      try {
        part.status = step(part);
      } catch (const std::bad_alloc&) {
        part.status = MeterStatus::no_memory;
      }
    });
    bool done = true;
    for (const Part& part : parts_) {
      if (part.status == MeterStatus::no_memory) return MeterStatus::no_memory;
      done = done && part.status == MeterStatus::done;
    }
    if (!done && (last || last_waits())) settle();
    if (!merge(false)) return MeterStatus::no_memory;
    // A meter that is full can't go on before its flows have left.
    const bool full = std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.meter->full(); });
    if (!done && full && !merge(true)) return MeterStatus::no_memory;
    if (enough()) return MeterStatus::enough;
    if (output_.full()) return MeterStatus::full;
    if (!done) continue;
    for (Part& part : parts_) {
      part.status = MeterStatus::full;
      part.batch = 0;
    }
    return MeterStatus::done;
  }
}

// Whether all that is put out at most has ended.
bool MeterGroup::last_waits() const {
  uint64_t all = flows_;
  for (const Part& part : parts_) all += part.meter->waiting();
  return all >= max_flows_;
}

// The part whose ended flow is the next in the order; null when there is none, or when a part that has not finished could still end an earlier one.
MeterGroup::Part* MeterGroup::first_ended() {
  Part* first = nullptr;
  for (Part& part : parts_) {
    const EndedFlow* head = part.meter->head();
    if (head == nullptr) {
      if (part.status == MeterStatus::full) return nullptr;
      continue;
    }
    const EndedFlow* best = first == nullptr ? nullptr : first->meter->head();
    const bool earlier = best == nullptr || head->ended_by < best->ended_by || (head->ended_by == best->ended_by && head->last_packet < best->last_packet);
    if (earlier) first = &part;
  }
  return first;
}

bool MeterGroup::merge(bool all) {
  exchange_processes();
  while (!output_.full() && !enough()) {
    Part* part = first_ended();
    if (part == nullptr || (!all && (!part->meter->head_is_dissected() || part->meter->head_awaits()))) return true;
    if (!part->meter->dissect_head()) return false;
    const EndReason reason = part->meter->head()->reason;
    output_.append(first_id_ + flows_++, part->meter->head_record(), reason);
    ended_[static_cast<size_t>(reason)]++;
    part->meter->pop();
  }
  return true;
}

MeterCounters MeterGroup::counters() const {
  // Every meter sees every packet's time and every ignored packet; flows and their packets are each meter's own. Flows count when they are
  // put out: a meter may have ended more.
  MeterCounters all = parts_[0].meter->counters();
  for (size_t i = 1; i < parts_.size(); i++) all.packets += parts_[i].meter->counters().packets;
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
