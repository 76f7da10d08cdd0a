#include "engine/meter/router.h"

#include <algorithm>

namespace nfstream {

namespace {

// Packets whose headers are fetched ahead.
constexpr size_t look_ahead = 24;

}  // namespace

Stretch::Stretch(size_t meters, size_t most_packets, bool mark_every_packet)
    : most_packets_(most_packets), packets_(new PreparedPacket[most_packets]), shares_(new const PreparedPacket*[meters * most_packets]), counts_(meters),
      marks_(mark_every_packet) {}

void Router::route(const std::vector<PacketBatchView>& batches, BatchPosition& at, Stretch& stretch) {
  std::fill(stretch.counts_.begin(), stretch.counts_.end(), 0);
  stretch.marks_.clear();
  stretch.count_ = 0;
  for (size_t left = stretch.most_packets_; at.batch < batches.size() && left > 0;) {
    const PacketBatchView& packets = batches[at.batch];
    const size_t count = std::min(left, packets.count - at.next);
    route(packets, at.next, at.next + count, stretch);
    at.next += count;
    left -= count;
    if (at.next == packets.count) at = {at.batch + 1, 0};
  }
  stretch.end_ms_ = to_ms(clock_.now_ns());
}

void Router::route(const PacketBatchView& packets, size_t from, size_t to, Stretch& stretch) {
  PreparedPacket* next = &stretch.packets_[stretch.count_];
  const PreparedPacket** const shares = stretch.shares_.get();
  size_t* const counts = stretch.counts_.data();
  const size_t room = stretch.most_packets_;
  for (size_t i = from; i < to; i++) {
    prefetch_header(packets, i + look_ahead);
    const IgnoreReason reason = prepare(packets, i, hash_, *next);
    if (!clock_.admit(*next, reason)) continue;
    clock_.pass(*next);
    stretch.marks_.add(*next);
    const size_t meter = meter_of(*next);
    next->meter = static_cast<uint32_t>(meter);
    shares[meter * room + counts[meter]++] = next++;
  }
  stretch.count_ = static_cast<size_t>(next - stretch.packets_.get());
}

}  // namespace nfstream
