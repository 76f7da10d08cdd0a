// Open flows, shown as they are.
#include <algorithm>
#include <new>

#include "engine/meter/meter_group.h"

namespace nfstream {

MeterStatus MeterGroup::snapshot(bool active, size_t most, std::vector<uint32_t>* slots) {
  if (next_shown_ == shown_.size()) {
    exchange_processes();
    for (Part& part : parts_) {
      if (!part.meter->catch_up()) return MeterStatus::no_memory;
    }
    shown_.clear();
    next_shown_ = 0;
    const uint64_t after = active ? shown_to_ : 0;
    shown_to_ = clock_.passed();
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

}  // namespace nfstream
