#include "engine/live/live_lane.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>

namespace nfstream {

namespace {

// One is filled and one is taken from; the others are for lanes that wait for each other.
constexpr size_t chunk_count = 4;
constexpr size_t chunk_records = 8192;
constexpr size_t chunk_bytes = 1 << 20;
// How long a device that can't be read is let alone: it says so at once, again and again.
constexpr int pause_ms = 10;

}  // namespace

CaptureOptions decoding(const LiveOptions& options) {
  CaptureOptions decoded;
  decoded.tunnels = options.tunnels;
  decoded.count_fragments = options.count_fragments;
  return decoded;
}

CapturedPacket captured_from(const LiveDevice& device, uint16_t place, const RingPacket& packet, uint32_t most) {
  CapturedPacket captured{};
  captured.time_ns = packet.time_ns;
  captured.captured_length = std::min(packet.captured_length, most);
  captured.wire_length = packet.wire_length;
  captured.link_type = device.link_type();
  captured.interface_id = place;
  captured.time_resolution = device.time_resolution();
  captured.link_supported = true;
  return captured;
}

LiveLane::Chunk::Chunk(const LiveOptions& options)
    : data(new uint8_t[std::max<size_t>(chunk_bytes, options.snapshot_length)]), records(new PacketRecord[chunk_records]),
      slab{data.get(), std::max<size_t>(chunk_bytes, options.snapshot_length), records.get(), chunk_records, 0, 0, 0} {}

LiveLane::LiveLane(LiveDevice& device, uint16_t place, const LiveOptions& options, int wake)
    : device_(device), options_(options), place_(place), taker_(wake), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), builder_(decoding(options), built_) {
  // No memory can be lacking later.
  free_.reserve(chunk_count);
  queue_.reserve(chunk_count);
  for (size_t i = 0; i < chunk_count; i++) free_.push_back(&chunks_.emplace_back(options));
}

LiveLane::~LiveLane() {
  if (!started_) return;
  ending_ = true;
  (void)::eventfd_write(wake_.get(), 1);
  ::pthread_join(thread_, nullptr);
}

bool LiveLane::start() {
  started_ = wake_.valid() && ::pthread_create(&thread_, nullptr, run_thread, this) == 0;
  if (started_) (void)::pthread_setname_np(thread_, "nfstream lane");
  return started_;
}

bool LiveLane::next() {
  if (taken_ != nullptr && ++at_ < taken_->slab.count) return true;
  const bool gives_back = taken_ != nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (gives_back) free_.push_back(taken_);
    taken_ = nullptr;
    if (!queue_.empty()) {
      taken_ = queue_.front();
      queue_.erase(queue_.begin());
    }
  }
  if (gives_back) (void)::eventfd_write(wake_.get(), 1);
  at_ = 0;
  return taken_ != nullptr;
}

void LiveLane::go_on() {
  trouble_ = Trouble::none;
  (void)::eventfd_write(wake_.get(), 1);
}

// In this order: what leaves the ring meanwhile is being read, and what is not being read any more is in the queue.
bool LiveLane::quiet() {
  pollfd polled{device_.descriptor(), POLLIN, 0};
  if (::poll(&polled, 1, 0) != 0 && polled.revents & POLLIN) return false;
  if (reading_) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  return queue_.empty();
}

void* LiveLane::run_thread(void* self) {
  static_cast<LiveLane*>(self)->run();
  return nullptr;
}

void LiveLane::run() {
  while (Chunk* chunk = wait_for_chunk()) {
    reading_ = true;
    const bool good = fill(*chunk);
    const bool any = chunk->slab.count > 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      (any ? queue_ : free_).push_back(chunk);
    }
    reading_ = false;
    if (any) (void)::eventfd_write(taker_, 1);
    if (!good) tell(Trouble::unreadable);
    else if (!any && !wait(true, -1)) tell(Trouble::error);
  }
}

void LiveLane::tell(Trouble trouble) {
  trouble_ = trouble;
  (void)::eventfd_write(taker_, 1);
  while (trouble_ != Trouble::none && !ending_) (void)wait(false, -1);
  (void)wait(false, pause_ms);
}

// Nothing when the lane is to end.
LiveLane::Chunk* LiveLane::wait_for_chunk() {
  for (;;) {
    if (ending_) return nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        Chunk* chunk = free_.back();
        free_.pop_back();
        return chunk;
      }
    }
    (void)wait(false, -1);
  }
}

bool LiveLane::fill(Chunk& chunk) {
  filled_ = &chunk;
  used_ = 0;
  builder_.begin(chunk.slab);
  return device_.read(-1, *this);
}

bool LiveLane::take(const RingPacket& packet) {
  PacketSlab& slab = filled_->slab;
  CapturedPacket captured = captured_from(device_, place_, packet, options_.snapshot_length);
  captured.data_offset = static_cast<uint32_t>(used_);
  std::memcpy(slab.data + used_, packet.bytes, captured.captured_length);
  (void)builder_.add(captured);
  used_ += captured.captured_length;
  return slab.count < slab.record_capacity && slab.data_size - used_ >= options_.snapshot_length;
}

// False when the device says something else than that there are packets.
bool LiveLane::wait(bool for_packets, int most_ms) {
  pollfd polled[] = {{wake_.get(), POLLIN, 0}, {device_.descriptor(), POLLIN, 0}};
  (void)::poll(polled, for_packets ? 2 : 1, most_ms);
  eventfd_t times;
  if (polled[0].revents != 0) (void)::eventfd_read(wake_.get(), &times);
  return (polled[1].revents & ~POLLIN) == 0;
}

}  // namespace nfstream
