// Threads that do tasks at the same time, for one owner that waits for them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nfstream {

class Crew {
 public:
  // The owner works, too: a crew of one has no thread.
  explicit Crew(size_t size);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Calls work(0) ... work(tasks - 1), each once, begun in this order as threads get free, and returns when all are done. `work` must not throw.
  void run(size_t tasks, const std::function<void(size_t)>& work);

 private:
  void serve();
  void work_off();
  void wait_for_work(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable done_;
  const std::function<void(size_t)>* work_ = nullptr;
  size_t tasks_ = 0;
  std::atomic<size_t> next_{0};
  // These change under the mutex.
  std::atomic<size_t> wanted_{0};  // threads that have yet to begin
  std::atomic<size_t> busy_{0};
  std::atomic<bool> closing_{false};
  std::vector<std::thread> threads_;
};

}  // namespace nfstream
