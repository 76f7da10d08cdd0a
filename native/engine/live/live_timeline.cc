// How packets of several sockets become one timeline.
#include <algorithm>

#include "engine/clocks.h"
#include "engine/live/live_capture.h"

namespace nfstream {

struct LiveCapture::Holder : PacketTaker {
  explicit Holder(Feed& to, uint32_t most) : feed(to), longest(most) {}
  bool take(const RingPacket& packet) override {
    feed.held = packet;
    feed.held.captured_length = std::min(packet.captured_length, longest);
    feed.bytes.assign(packet.bytes, packet.bytes + feed.held.captured_length);
    feed.held.bytes = feed.bytes.data();
    feed.holds = true;
    return false;
  }
  Feed& feed;
  uint32_t longest;
};

// Makes the next packet of a device the one that waits; false when there is none.
bool LiveCapture::fetch(Feed& feed) {
  if (feed.lane) return fetch_from_lane(feed);
  const int64_t now = reference_ns();
  Holder holder(feed, options_.snapshot_length);
  if (!feed.device.read(1, holder) && !is_shut_) fail(feed, feed.device.fate().value_or(feed.device.read_problem()));
  if (!feed.holds) feed.empty_at = now;
  return feed.holds;
}

bool LiveCapture::fetch_from_lane(Feed& feed) {
  LiveLane& lane = *feed.lane;
  feed.holds = lane.next();
  if (feed.holds) {
    const PacketRecord& record = lane.record();
    feed.held = {record.time_ns, nullptr, record.captured_length, record.wire_length};
    return true;
  }
  if (const LiveLane::Trouble trouble = lane.trouble(); trouble != LiveLane::Trouble::none) {
    std::optional<LiveProblem> problem = feed.device.fate();
    if (!problem && trouble == LiveLane::Trouble::unreadable) problem = feed.device.read_problem();
    if (problem && !is_shut_) fail(feed, std::move(*problem));
    lane.go_on();
  }
  const int64_t now = reference_ns();
  if (lane.quiet()) feed.empty_at = now;
  return false;
}

// The earliest packet of all devices again and again, as long as no earlier one may be in a ring, not yet to be seen.
void LiveCapture::read_in_order() {
  for (Feed& feed : feeds_) {
    if (!feed.holds) fetch(feed);
  }
  while (room()) {
    Feed* first = nullptr;
    for (Feed& feed : feeds_) {
      if (feed.holds && (first == nullptr || feed.held.time_ns < first->held.time_ns)) first = &feed;
    }
    if (first == nullptr) return;
    const int64_t needed = std::min(first->held.time_ns + most_unseen_ns_, over_at_);
    const auto unknown = std::find_if(feeds_.begin(), feeds_.end(), [&](const Feed& feed) { return !feed.holds && feed.empty_at < needed; });
    if (unknown != feeds_.end()) {
      if (!fetch(*unknown) && unknown->empty_at < needed) return;
      continue;  // the first one may be another one by now
    }
    first->holds = false;
    (void)add(*first, first->held);
    fetch(*first);
  }
}

// The wall clock, but never set back: an order that is a little less strict is better than packets that wait for an hour to come again.
int64_t LiveCapture::reference_ns() {
  const int64_t boot = boot_ns();
  largest_offset_ = std::max(largest_offset_, wall_ns() - boot);
  return boot + largest_offset_;
}

// What lanes were told to bring is in the slab.
void LiveCapture::wait_for_lanes(const PacketSlab& slab) {
  for (Feed& feed : feeds_) {
    if (feed.lane) feed.lane->deliver(slab);
  }
  const auto brings = [](const Feed& feed) { return feed.lane && feed.lane->delivering(); };
  while (std::any_of(feeds_.begin(), feeds_.end(), brings)) wait_for_wake();
}

}  // namespace nfstream
