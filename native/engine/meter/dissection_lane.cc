#include "engine/meter/dissection_lane.h"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace nfstream {

namespace {

// The longest packet and its job fit in one; small enough to stay in the cache between two cores.
constexpr size_t chunk_bytes = 128 << 10;
// So far the meter runs ahead.
constexpr size_t most_waiting = 16;
// So little is not worth waking a thread for.
constexpr size_t little = 8 << 10;

}  // namespace

struct DissectionLane::Job {
  FlowRecord* flow;
  uint64_t time_ms;
  size_t size;    // of the packet
  uint32_t held;  // bytes of it that follow, which is all that a dissector looks at
  uint8_t protocol;
  bool ends;  // no packet: the flow has ended

  static size_t space_of(size_t held) { return (sizeof(Job) + held + alignof(Job) - 1) / alignof(Job) * alignof(Job); }
};

DissectionLane::DissectionLane(FlowDissection& dissection) : dissection_(dissection) {
  static_assert(chunk_bytes > most_dissected_bytes + 2 * sizeof(Job), "every packet fits");
  spare_.reserve(most_waiting + 2);  // the thread takes no memory of its own
  thread_ = std::thread([this] { serve(); });
}

DissectionLane::~DissectionLane() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  more_.notify_one();
  thread_.join();
}

bool DissectionLane::feed(FlowRecord& flow, const DissectInput& packet) {
  const auto held = static_cast<uint32_t>(std::min(packet.size, most_dissected_bytes));
  uint8_t* at = add(held);
  const Job job{&flow, packet.time_ms, packet.size, held, packet.protocol, false};
  std::memcpy(at, &job, sizeof job);
  std::memcpy(at + sizeof job, packet.ip, held);
  return !out_of_memory_.load(std::memory_order_relaxed);
}

uint64_t DissectionLane::end(FlowRecord& flow) {
  const Job job{&flow, 0, 0, 0, 0, true};
  std::memcpy(add(0), &job, sizeof job);
  return filled_;
}

bool DissectionLane::wait(uint64_t number) {
  if (!is_done(number) && is_idle()) {
    do_here();
  } else if (!is_done(number)) {
    if (number == filled_) hand_on();
    std::unique_lock<std::mutex> lock(mutex_);
    settled_.wait(lock, [&] { return is_done(number); });
  }
  return !out_of_memory_.load(std::memory_order_relaxed);
}

bool DissectionLane::rest() {
  if (filling_.size > little) {
    hand_on();
  } else if (filling_.size > 0 && is_idle()) {
    do_here();
  }
  return !out_of_memory_.load(std::memory_order_relaxed);
}

// Room for a job, with its packet's bytes, in the chunk that is being filled.
uint8_t* DissectionLane::add(size_t bytes) {
  const size_t space = Job::space_of(bytes);
  if (space > chunk_bytes - filling_.size) hand_on();
  if (filling_.bytes == nullptr) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      settled_.wait(lock, [this] { return waiting_.size() < most_waiting; });
      if (!spare_.empty()) {
        filling_ = std::move(spare_.back());
        spare_.pop_back();
      }
    }
    if (filling_.bytes == nullptr) filling_.bytes.reset(new uint8_t[chunk_bytes]);
  }
  uint8_t* at = filling_.bytes.get() + filling_.size;
  filling_.size += space;
  return at;
}

void DissectionLane::hand_on() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(filling_));
  }
  filling_ = Chunk();
  filled_++;
  more_.notify_one();
}

// The thread has nothing to do, and whoever called would wait for it.
void DissectionLane::do_here() {
  run(filling_);
  filling_.size = 0;
  done_.store(filled_++, std::memory_order_release);
}

void DissectionLane::run(const Chunk& chunk) {
  if (out_of_memory_.load(std::memory_order_relaxed)) return;
  try {
    for (size_t at = 0; at < chunk.size;) {
      Job job;
      std::memcpy(&job, chunk.bytes.get() + at, sizeof job);
      if (job.ends) {
        dissection_.end(*job.flow);
      } else {
        const DissectInput packet{chunk.bytes.get() + at + sizeof job, job.size, job.time_ms, job.protocol};
        if (!dissection_.feed(*job.flow, packet)) throw std::bad_alloc();
      }
      at += Job::space_of(job.held);
    }
  } catch (const std::bad_alloc&) {
    out_of_memory_.store(true, std::memory_order_relaxed);
  }
  bytes_held_.store(dissection_.bytes_held(), std::memory_order_relaxed);
}

void DissectionLane::serve() {
  pthread_setname_np(pthread_self(), "nfstream dpi");
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) return;
    Chunk chunk = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run(chunk);
    lock.lock();
    chunk.size = 0;
    spare_.push_back(std::move(chunk));
    done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    settled_.notify_one();
  }
}

}  // namespace nfstream
