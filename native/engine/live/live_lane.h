// One of several sockets, read and decoded on a thread of its own, into memory where packets wait for their turn. Whoever puts packets in order says where each
// is to be, and the lane takes it there: copying bytes is most of the work, and what is done by one thread for all lanes is what limits them.
#pragma once

#include <pthread.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/capture/batch_builder.h"
#include "engine/capture/descriptor.h"
#include "engine/live/live_device.h"
#include "engine/live/live_options.h"

namespace nfstream {

// How packets of these options are decoded.
CaptureOptions decoding(const LiveOptions& options);
// What is known of a packet of the device at this place; of its bytes, `most` are taken.
CapturedPacket captured_from(const LiveDevice& device, uint16_t place, const RingPacket& packet, uint32_t most);

class LiveLane : private PacketTaker {
 public:
  // Reads the device from here on; `wake` is written to when there is something to take, or a problem.
  LiveLane(LiveDevice& device, uint16_t place, const LiveOptions& options, int wake);
  // Waits for the thread's end.
  ~LiveLane() override;

  // Starts the thread; false where the system has none.
  bool start();

  // For the thread that takes packets.
  // Goes to the next packet; false when none waits here.
  bool next();
  const PacketRecord& record() const { return taken_->slab.records[at_]; }
  // Where the packet is to be in the slab that deliver() names.
  void place(size_t record, size_t data_offset) { taken_->places[at_] = {static_cast<uint32_t>(record), static_cast<uint32_t>(data_offset)}; }
  // Begins to take there what was placed since the last time.
  void deliver(const PacketSlab& slab);
  bool delivering() const { return delivering_; }
  // What the device says besides packets. The lane does not touch it before go_on().
  enum class Trouble : uint8_t { none, error, unreadable };
  Trouble trouble() const { return trouble_; }
  void go_on();

  // For any thread, when next() has given everything: whether nothing can be seen in the ring, and nothing is on its way from there.
  bool quiet();

 private:
  struct Place {
    uint32_t record;
    uint32_t data_offset;
  };
  struct Chunk {
    explicit Chunk(const LiveOptions& options);
    std::unique_ptr<uint8_t[]> data;
    std::unique_ptr<PacketRecord[]> records;
    std::unique_ptr<Place[]> places;
    PacketSlab slab{};
  };
  // Packets of a chunk that were placed.
  struct Piece {
    Chunk* chunk;
    size_t from, to;
  };

  static void* run_thread(void* self);
  void run();
  void carry();
  void tell(Trouble trouble);
  bool fill(Chunk& chunk);
  bool take(const RingPacket& packet) override;
  bool wait(bool for_packets, int most_ms);

  LiveDevice& device_;
  const LiveOptions& options_;
  const uint16_t place_;
  const int taker_;
  Descriptor wake_;
  pthread_t thread_{};
  bool started_ = false;
  std::atomic<bool> ending_{false};
  std::atomic<bool> delivering_{false};  // what is of the lane's thread then, and else of the taker's: the slab and the pieces
  PacketSlab delivered_{};
  std::vector<Piece> pieces_;
  std::atomic<Trouble> trouble_{Trouble::none};
  std::atomic<bool> reading_{false};  // what is no longer in the ring may not be in the queue yet

  // The thread's own.
  CaptureCounters built_;
  BatchBuilder builder_;
  std::deque<Chunk> chunks_;
  std::vector<Chunk*> free_;
  Chunk* filled_ = nullptr;
  size_t used_ = 0;

  // The taker's own.
  Chunk* taken_ = nullptr;
  size_t at_ = 0;
  size_t placed_from_ = 0;

  // Behind the mutex.
  std::mutex mutex_;
  std::vector<Chunk*> queue_;
};

}  // namespace nfstream
