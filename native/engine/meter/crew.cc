#include "engine/meter/crew.h"

#include <algorithm>

namespace nfstream {

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
  std::unique_lock<std::mutex> lock(mutex_);
  wanted_ = 0;  // who has not begun by now is not needed
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Crew::work_off() {
  for (size_t task = next_.fetch_add(1, std::memory_order_relaxed); task < tasks_; task = next_.fetch_add(1, std::memory_order_relaxed)) (*work_)(task);
}

void Crew::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    begin_.wait(lock, [this] { return closing_ || wanted_ > 0; });
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
