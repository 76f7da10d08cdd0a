// A thread for the dissection of a meter's flows: packets of flows that have no verdict yet are copied to it, in their order, and nobody waits for one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/meter/flow_dissection.h"

namespace nfstream {

class DissectionLane {
 public:
  // `dissection` must outlive this. Throws std::system_error where the system has no thread.
  explicit DissectionLane(FlowDissection& dissection);
  // Gives up what is under way.
  ~DissectionLane();
  DissectionLane(const DissectionLane&) = delete;
  DissectionLane& operator=(const DissectionLane&) = delete;

  // As those of the dissection, which does the same later. Of the record only what is published may be read until it has ended and that is done. feed() is
  // false when there is no memory; both throw std::bad_alloc.
  bool feed(FlowRecord& flow, const DissectInput& packet);
  // Gives the number to ask for.
  uint64_t end(FlowRecord& flow);
  // The number of all that was asked so far.
  uint64_t last() const { return filling_.size > 0 ? filled_ : filled_ - 1; }

  bool is_done(uint64_t number) const { return done_.load(std::memory_order_acquire) >= number; }
  // Waits until it is done; false when there is no memory.
  bool wait(uint64_t number);
  // Waits until everything is done.
  bool wait() { return wait(last()); }
  // Does the little that waits, where nothing is under way; hands it on where it is more.
  bool rest();

  size_t bytes_held() const { return bytes_held_.load(std::memory_order_relaxed); }

 private:
  struct Job;
  // Jobs, each with its packet's bytes behind it.
  struct Chunk {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
  };

  uint8_t* add(size_t bytes);
  void hand_on();
  void do_here();
  bool is_idle() const { return is_done(filled_ - 1); }
  void run(const Chunk& chunk);
  void serve();

  FlowDissection& dissection_;
  // Of the meter's thread: the chunk that is being filled, and its number.
  Chunk filling_;
  uint64_t filled_ = 1;
  std::mutex mutex_;
  std::condition_variable more_;     // there is something to do
  std::condition_variable settled_;  // a chunk is done
  std::deque<Chunk> waiting_;
  std::vector<Chunk> spare_;
  bool closing_ = false;
  std::atomic<uint64_t> done_{0};  // chunks
  std::atomic<bool> out_of_memory_{false};
  std::atomic<size_t> bytes_held_{0};
  std::thread thread_;
};

}  // namespace nfstream
