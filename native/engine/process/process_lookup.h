// Finds the processes of flows on a thread of its own, so that whoever meters flows never waits for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/process/process_finder.h"

namespace nfstream {

// Processes can't be found here; what() says why.
class NoProcesses : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ProcessQuestion {
  uint64_t serial;  // tells a flow from others that had its slot
  uint32_t flow;    // its slot
  SocketEnd source;
};

struct ProcessAnswer {
  uint64_t serial;
  uint32_t flow;
  bool listens;  // found by a listening socket: the connection's own may tell better
  FoundProcess process;
};

class ProcessLookup {
 public:
  // Where the answers to one asker come. It must outlive the lookup, or be closed before it ends.
  class Box {
   private:
    friend class ProcessLookup;
    std::vector<ProcessAnswer> answers_;
  };

  // Throws NoProcesses where nothing can be found, and std::system_error where no thread can be started.
  explicit ProcessLookup(std::unique_ptr<ProcessFinder> finder = std::make_unique<ProcessFinder>());
  ~ProcessLookup();
  ProcessLookup(const ProcessLookup&) = delete;
  ProcessLookup& operator=(const ProcessLookup&) = delete;

  // Takes questions, as many as there is room for, and says how many: each of these gets one answer.
  size_t ask(Box& box, const std::vector<ProcessQuestion>& questions);
  // Moves the answers that have come to the end of `out`.
  void take(Box& box, std::vector<ProcessAnswer>& out);
  // Waits until every question has its answer; no longer than that.
  void settle(std::chrono::milliseconds patience);
  // Memory has run out in the thread: questions get no answers any more.
  bool broken() const { return broken_; }

 private:
  using Clock = std::chrono::steady_clock;
  // Questions that wait or are worked at.
  static constexpr size_t most_due = 1 << 16;

  struct Due {
    Box* box;
    ProcessQuestion question;
  };
  struct Unknown {
    Due due;
    FlowSockets sockets;
  };

  void serve();
  void work();
  void find_sockets(const std::deque<Due>& some);
  void search(bool everywhere);
  void answer(const Due& due, const FlowSockets& sockets, FoundProcess process);

  std::unique_ptr<ProcessFinder> finder_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable settled_;
  std::deque<Due> queue_;
  size_t due_ = 0;  // questions without an answer
  bool hurried_ = false;
  std::atomic<bool> closing_{false};
  std::atomic<bool> broken_{false};
  // Of the thread.
  std::vector<Unknown> unknown_;
  Clock::time_point next_search_[2]{};  // by whether it is everywhere
  std::thread thread_;
};

}  // namespace nfstream
