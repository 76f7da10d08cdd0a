// A capture for tests, which keeps what it tells.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/live/live_capture.h"
#include "live/network.h"

namespace nfstream_test {

using namespace nfstream;

struct Got {
  PacketRecord record;
  Bytes bytes;
};

// A capture and what it told. Each slab is granted again when it is filled, unless a test wants none.
class Capturing : public LiveListener {
 public:
  explicit Capturing(LiveOptions options, size_t slabs = 2, size_t slab_bytes = 1 << 20) : slab_bytes_(slab_bytes), capture_(std::move(options), *this) {
    for (size_t i = 0; i < slabs; i++) grant();
    REQUIRE(capture_.start());
    wait([&] { return opened_ || ended_; });
  }
  ~Capturing() override {
    capture_.cancel();
    capture_.join();
  }

  LiveCapture& operator*() { return capture_; }
  LiveCapture* operator->() { return &capture_; }

  void grant() {
    memory_.push_back(std::make_unique<Slab>(slab_bytes_));
    capture_.grant(memory_.back()->as_slab());
  }
  void regrant(bool whether) { regrant_ = whether; }
  void wait_for(size_t packets) {
    wait([&] { return got_.size() >= packets; });
  }
  void wait_for_end() {
    wait([&] { return ended_; });
  }
  void wait_for_away(bool away) {
    wait([&] { return away_ == away; });
  }
  bool has_ended() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ended_;
  }
  std::vector<Got> got() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return got_;
  }
  std::string code() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return code_;
  }

  void opened() override {
    note([&] { opened_ = true; });
  }
  void filled(const PacketSlab& slab) override {
    note([&] {
      for (size_t i = 0; i < slab.count; i++) {
        const PacketRecord& record = slab.records[i];
        const uint8_t* at = slab.data + record.data_offset;
        got_.push_back({record, Bytes(at, at + record.captured_length)});
      }
    });
    capture_.acknowledge();
    if (regrant_) capture_.grant(PacketSlab{slab.data, slab.data_size, slab.records, slab.record_capacity, 0, 0, 0});
  }
  void gone(const LiveProblem& problem) override {
    note([&] {
      away_ = true;
      code_ = problem.code;
    });
  }
  void back(const std::string& device) override {
    note([&] {
      away_ = false;
      code_ = device;
    });
  }
  void ended(const LiveProblem* problem) override {
    note([&] {
      ended_ = true;
      if (problem != nullptr) code_ = problem->code;
    });
  }

 private:
  struct Slab {
    explicit Slab(size_t bytes) : data(bytes), records(10'000) {}
    PacketSlab as_slab() { return {data.data(), data.size(), records.data(), records.size(), 0, 0, 0}; }
    Bytes data;
    std::vector<PacketRecord> records;
  };
  template <typename Change>
  void note(Change change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change();
    changed_.notify_all();
  }
  template <typename Holds>
  void wait(Holds holds) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, holds);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Got> got_;
  std::string code_;
  bool opened_ = false;
  bool ended_ = false;
  bool away_ = false;
  std::atomic<bool> regrant_{true};
  size_t slab_bytes_;
  std::vector<std::unique_ptr<Slab>> memory_;
  LiveCapture capture_;
};

inline LiveOptions options_for(std::vector<std::string> devices) {
  LiveOptions options;
  options.devices = std::move(devices);
  return options;
}

inline void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Sends packets in rounds with pauses between them, and checks that no time that the clock tells meanwhile is passed by a packet that comes later.
// Gives how many were sent, and how often the clock told a time.
template <typename Send>
std::pair<uint16_t, size_t> watch_clock(Capturing& capturing, int rounds, Send send) {
  std::vector<std::pair<size_t, int64_t>> told;  // with how many packets had come until then
  uint16_t sent = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < round % 4; i++) send(sent++);
    for (int i = 0; i < 10; i++) {
      if (const auto clock = capturing->clock_ns()) told.emplace_back(capturing.got().size(), *clock);
      pause_ms(2);
    }
  }
  capturing.wait_for(sent);
  const std::vector<Got> got = capturing.got();
  for (const auto& [come, clock] : told) {
    for (size_t i = come; i < got.size(); i++) CHECK(got[i].record.time_ns > clock);
  }
  return {sent, told.size()};
}

}  // namespace nfstream_test
