#include "engine/meter/crew.h"

namespace nfstream {

Crew::Crew(size_t parts) {
  for (size_t part = 1; part < parts; part++) threads_.emplace_back([this, part] { serve(part); });
}

Crew::~Crew() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::run(const std::function<void(size_t)>& work) {
  if (!threads_.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ = &work;
    busy_ = threads_.size();
    round_++;
  }
  begin_.notify_all();
  work(0);
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Crew::serve(size_t part) {
  size_t served = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    begin_.wait(lock, [&] { return closing_ || round_ != served; });
    if (closing_) return;
    served = round_;
    const std::function<void(size_t)>& work = *work_;
    lock.unlock();
    work(part);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace nfstream
