// Threads that do the parts of one piece of work at the same time, for one owner that waits for them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nfstream {

class Crew {
 public:
  // The owner does part 0 itself: a crew of one has no thread.
  explicit Crew(size_t parts);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Calls work(0) ... work(parts - 1), each on its own thread, and returns when all are done. `work` must not throw.
  void run(const std::function<void(size_t)>& work);

 private:
  void serve(size_t part);

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable done_;
  const std::function<void(size_t)>* work_ = nullptr;
  size_t round_ = 0;
  size_t busy_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace nfstream
