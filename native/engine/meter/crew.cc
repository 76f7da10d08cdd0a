#include "engine/meter/crew.h"

#include <algorithm>

namespace nfstream {

namespace {

// Waking a thread takes longer than most pauses between two runs: who waits looks for what it waits for so often, some ten microseconds, before it sleeps.
constexpr int most_looks = 1000;

template <typename Condition>
void look_for(Condition condition) {
  for (int i = 0; i < most_looks && !condition(); i++) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
  }
}

}  // namespace

Crew::Crew(size_t size) {
  for (size_t i = 1; i < size; i++) threads_.emplace_back([this] { serve(); });
}

Crew::~Crew() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::run(size_t tasks, const std::function<void(size_t)>& work) {
  const size_t helpers = tasks > 1 ? std::min(threads_.size(), tasks - 1) : 0;
  if (helpers == 0) {
    for (size_t task = 0; task < tasks; task++) work(task);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ = &work;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    wanted_ = helpers;
  }
  for (size_t i = 0; i < helpers; i++) begin_.notify_one();
  work_off();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    wanted_ = 0;  // who has not begun by now is not needed
  }
  const auto done = [this] { return busy_ == 0; };
  look_for(done);
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, done);
}

void Crew::work_off() {
  for (size_t task = next_.fetch_add(1, std::memory_order_relaxed); task < tasks_; task = next_.fetch_add(1, std::memory_order_relaxed)) (*work_)(task);
}

void Crew::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] { return closing_ || wanted_ > 0; };
  lock.unlock();
  look_for(ready);
  lock.lock();
  begin_.wait(lock, ready);
}

void Crew::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wait_for_work(lock);
    if (closing_) return;
    wanted_--;
    busy_++;
    lock.unlock();
    work_off();
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace nfstream
