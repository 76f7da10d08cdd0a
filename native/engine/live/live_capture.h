// Packets of devices as they come, on a thread of its own, into slabs that were granted. Without one the packets stay in the kernel's ring, and once that is
// full the kernel drops what comes, and counts it: what was handed over and what was dropped are together what came.
#pragma once

#include <pthread.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/capture/batch_builder.h"
#include "engine/capture/descriptor.h"
#include "engine/live/live_device.h"
#include "engine/live/live_lane.h"
#include "engine/live/live_options.h"

namespace nfstream {

// What a capture tells, on its thread.
class LiveListener {
 public:
  virtual ~LiveListener() = default;
  // Every device is open.
  virtual void opened() = 0;
  // The slab that was granted first of those not yet filled has packets.
  virtual void filled(const PacketSlab& slab) = 0;
  // A device went down or away, and is waited for; it is there again.
  virtual void gone(const LiveProblem& problem) = 0;
  virtual void back(const std::string& device) = 0;
  // The last call. Null for a capture that was stopped or cancelled.
  virtual void ended(const LiveProblem* problem) = 0;
};

struct LiveCounters {
  uint64_t arrived = 0;            // packets that the kernel had for us: those handed over, those dropped, and those on their way
  uint64_t received = 0;           // packets handed over
  uint64_t bytes = 0;              // of them, captured
  uint64_t dropped_by_kernel = 0;  // there was no room in the ring, though a slab was granted
  uint64_t dropped_by_credit = 0;  // the same while none was
  uint64_t returns = 0;            // how often it has come back
  bool away = false;               // it is down or gone, and is waited for
};

class LiveCapture : private PacketTaker {
 public:
  LiveCapture(LiveOptions options, LiveListener& listener);
  // Ended, or never started.
  ~LiveCapture() override;

  // Starts the thread, which opens the devices first; false where the system has none.
  bool start();
  // Waits for the thread's end.
  void join();

  // For any thread.
  // Memory for one batch; it is the capture's until filled() or ended() is called.
  void grant(const PacketSlab& slab);
  // A batch has arrived where it was to go.
  void acknowledge();
  // What is in the rings now is handed over, then the capture ends.
  void stop();
  // It ends at once.
  void cancel();
  // By place of the device.
  std::vector<LiveCounters> counters();
  // The time up to which every packet was handed over and has arrived: the largest time of a packet and what has passed since it was read, less what a packet
  // may wait unseen. Nothing while a packet waits somewhere, and before the first one.
  std::optional<int64_t> clock_ns();

 private:
  // A socket of a device, and the packet of it that waits for its turn where there are several.
  struct Feed {
    Feed(const std::string& name, uint16_t at) : device(name), place(at) {}
    LiveDevice device;
    uint16_t place;
    std::unique_ptr<LiveLane> lane;  // where several sockets share a device
    uint64_t received = 0;           // and is not handed over
    uint64_t captured = 0;
    int64_t looked_at = 0;  // for the last time whether it is there again
    bool away = false;
    bool holds = false;
    RingPacket held{};
    std::vector<uint8_t> bytes;
    int64_t empty_at = INT64_MIN;  // when the ring was found empty
  };
  struct Holder;

  static void* run_thread(void* self);
  void run();
  std::optional<LiveProblem> open();
  std::optional<LiveProblem> start_lanes();
  std::optional<LiveProblem> capture();
  std::optional<PacketSlab> next_slab();
  bool fill(PacketSlab& slab);
  bool take(const RingPacket& packet) override;
  bool add(Feed& feed, const RingPacket& packet);
  void read_one();
  void read_in_order();
  bool fetch(Feed& feed);
  bool fetch_from_lane(Feed& feed);
  void wait_for_lanes(const PacketSlab& slab);
  void hand_over(const PacketSlab& slab);
  void count_drops();
  void shut();
  void fail(Feed& feed, LiveProblem problem);
  void look_for(Feed& feed);
  int64_t check_ns() const;
  bool drained() const;
  int wait_ms() const;
  void wait();
  void wait_for_wake();
  void look_after_devices();
  int64_t reference_ns();
  bool room() const;

  const LiveOptions options_;
  const int64_t most_unseen_ns_;
  LiveListener& listener_;
  pthread_t thread_{};
  bool started_ = false;
  Descriptor wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> cancelled_{false};

  // The thread's own.
  CaptureCounters built_;
  BatchBuilder builder_;
  PacketSlab* slab_ = nullptr;
  size_t used_ = 0;
  int64_t newest_ns_ = INT64_MIN;
  int64_t largest_offset_ = INT64_MIN;  // of the wall clock from that of boot
  int64_t checked_at_ = 0;
  int64_t over_at_ = INT64_MAX;  // nothing comes into view from then on, by reference_ns()
  bool is_shut_ = false;
  std::optional<LiveProblem> problem_;

  // Behind the mutex.
  std::mutex mutex_;
  std::deque<Feed> feeds_;
  std::deque<PacketSlab> granted_;
  std::vector<LiveCounters> counters_;  // by place
  uint64_t in_flight_ = 0;              // slabs handed over that nobody has acknowledged
  bool starved_ = false;
  bool idle_ = false;  // the rings were found empty, and are not being read
  int64_t largest_ns_ = INT64_MIN;
  int64_t largest_read_at_ = 0;
};

}  // namespace nfstream
