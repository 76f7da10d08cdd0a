#include "engine/live/live_lane.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>

namespace nfstream {

namespace {

// Small ones are still in a processor's cache when their packets are delivered; there are several for lanes that wait for each other.
constexpr size_t chunk_count = 4;
constexpr size_t chunk_records = 2048;
constexpr size_t chunk_bytes = 1 << 18;  // besides room for a whole packet
// How long a device that can't be read is let alone: it says so at once, again and again.
constexpr int pause_ms = 10;

}  // namespace

CaptureOptions decoding(const LiveOptions& options) {
  CaptureOptions decoded;
  decoded.tunnels = options.tunnels;
  decoded.all_ports = options.all_ports;
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
    : data(new uint8_t[chunk_bytes + options.snapshot_length]), records(new PacketRecord[chunk_records]), places(new Place[chunk_records]),
      slab{data.get(), chunk_bytes + options.snapshot_length, records.get(), chunk_records, 0, 0, 0} {}

LiveLane::LiveLane(LiveDevice& device, uint16_t place, const LiveOptions& options, int wake)
    : device_(device), options_(options), place_(place), taker_(wake), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), builder_(decoding(options), built_) {
  // No memory can be lacking later.
  free_.reserve(chunk_count);
  queue_.reserve(chunk_count);
  pieces_.reserve(chunk_count + 1);
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
  if (taken_ != nullptr) {
    if (++at_ < taken_->slab.count) return true;
    pieces_.push_back({taken_, placed_from_, at_});
    taken_ = nullptr;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (queue_.empty()) return false;
  taken_ = queue_.front();
  queue_.erase(queue_.begin());
  at_ = placed_from_ = 0;
  return true;
}

void LiveLane::deliver(const PacketSlab& slab) {
  if (taken_ != nullptr && placed_from_ < at_) {
    pieces_.push_back({taken_, placed_from_, at_});
    placed_from_ = at_;
  }
  if (pieces_.empty()) return;
  delivered_ = slab;
  delivering_ = true;
  (void)::eventfd_write(wake_.get(), 1);
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
  while (!ending_) {
    carry();
    if (free_.empty()) {
      (void)wait(false, -1);
      continue;
    }
    Chunk* chunk = free_.back();
    reading_ = true;
    const bool good = fill(*chunk);
    const bool any = chunk->slab.count > 0;
    if (any) {
      free_.pop_back();
      const std::lock_guard<std::mutex> lock(mutex_);
      queue_.push_back(chunk);
    }
    reading_ = false;
    if (any) (void)::eventfd_write(taker_, 1);
    if (!good) tell(Trouble::unreadable);
    else if (!any && !wait(true, -1)) tell(Trouble::error);
  }
}

// Takes packets to where they were placed. Of a chunk that is at its end nothing is needed any more.
void LiveLane::carry() {
  if (!delivering_) return;
  for (const Piece& piece : pieces_) {
    for (size_t i = piece.from; i < piece.to; i++) {
      const Place& place = piece.chunk->places[i];
      PacketRecord& record = delivered_.records[place.record];
      record = piece.chunk->slab.records[i];
      std::memcpy(delivered_.data + place.data_offset, piece.chunk->slab.data + record.data_offset, record.captured_length);
      record.number_delta = place.record;
      record.data_offset = place.data_offset;
    }
    if (piece.to == piece.chunk->slab.count) free_.push_back(piece.chunk);
  }
  pieces_.clear();
  delivering_ = false;
  (void)::eventfd_write(taker_, 1);
}

void LiveLane::tell(Trouble trouble) {
  trouble_ = trouble;
  (void)::eventfd_write(taker_, 1);
  while (trouble_ != Trouble::none && !ending_) {
    // First: what was asked for together with the trouble has woken this thread already, and the taker waits for it.
    carry();
    (void)wait(false, -1);
  }
  (void)wait(false, pause_ms);
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
