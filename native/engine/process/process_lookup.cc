#include "engine/process/process_lookup.h"

#include <pthread.h>

#include <new>

namespace nfstream {

namespace {

// After a search, three times as long without one: /proc takes no more than a quarter of one processor.
constexpr int rest = 3;

}  // namespace

ProcessLookup::ProcessLookup(std::unique_ptr<ProcessFinder> finder) : finder_(std::move(finder)) {
  if (!finder_->problem().empty()) throw NoProcesses(finder_->problem());
  thread_ = std::thread([this] { serve(); });
}

ProcessLookup::~ProcessLookup() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  asked_.notify_all();
  thread_.join();
}

size_t ProcessLookup::ask(Box& box, const std::vector<ProcessQuestion>& questions) {
  size_t taken = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (broken_) return 0;
    for (; taken < questions.size() && due_ < most_due; taken++, due_++) queue_.push_back({&box, questions[taken]});
  }
  if (taken > 0) asked_.notify_one();
  return taken;
}

void ProcessLookup::take(Box& box, std::vector<ProcessAnswer>& out) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (ProcessAnswer& each : box.answers_) out.push_back(std::move(each));
  box.answers_.clear();
}

void ProcessLookup::settle(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  hurried_ = true;
  asked_.notify_one();
  settled_.wait_for(lock, patience, [this] { return due_ == 0 || broken_; });
  hurried_ = false;
}

void ProcessLookup::serve() {
  (void)::pthread_setname_np(pthread_self(), "nfstream procs");  // only for who looks at threads
  try {
    work();
  } catch (const std::bad_alloc&) {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = true;
    queue_.clear();
    due_ = 0;
    settled_.notify_all();
  }
}

void ProcessLookup::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!closing_) {
    const auto ready = [this] { return closing_ || !queue_.empty() || (hurried_ && !unknown_.empty()); };
    if (unknown_.empty()) asked_.wait(lock, ready);
    else asked_.wait_until(lock, next_search_[true], ready);
    if (closing_) return;
    std::deque<Due> some;
    some.swap(queue_);
    const bool at_once = hurried_;
    lock.unlock();
    // Sockets first: they may be gone in a moment, while their holders are found later as well.
    find_sockets(some);
    const bool everywhere = at_once || Clock::now() >= next_search_[true];
    if (!unknown_.empty() && (everywhere || Clock::now() >= next_search_[false])) search(everywhere);
    lock.lock();
  }
}

void ProcessLookup::find_sockets(const std::deque<Due>& some) {
  for (const Due& due : some) {
    if (closing_) return;
    FoundProcess process;
    FlowSockets sockets{};
    FoundSocket& source = sockets.ends[0];
    source = finder_->socket_at(due.question.source);
    if (!finder_->find_known(source, process)) {
      FoundSocket& destination = sockets.ends[1];
      destination = finder_->socket_at(other_end(due.question.source));
      if (source.inode != 0 || (destination.inode != 0 && !finder_->find_known(destination, process))) {
        unknown_.push_back({due, sockets});
        continue;
      }
    }
    answer(due, sockets, std::move(process));
  }
}

// What is not found waits for a search everywhere; what that does not find has no process, as far as we may see.
void ProcessLookup::search(bool everywhere) {
  const auto began = Clock::now();
  std::vector<FlowSockets> all;
  all.reserve(unknown_.size());
  for (const Unknown& each : unknown_) all.push_back(each.sockets);
  finder_->search(all, everywhere, closing_);
  const auto ended = Clock::now();
  next_search_[everywhere] = ended + rest * (ended - began);
  std::vector<Unknown> left;
  for (const Unknown& each : unknown_) {
    FoundProcess process;
    FlowSockets sockets = each.sockets;
    if (!finder_->find_known(sockets.ends[0], process)) {
      // That of the other end counts less, as long as this one may still be found.
      if (!everywhere) {
        left.push_back(each);
        continue;
      }
      sockets.ends[0] = {};
      (void)finder_->find_known(sockets.ends[1], process);
    }
    answer(each.due, sockets, std::move(process));
  }
  unknown_ = std::move(left);
}

// The process is that of the first of the sockets.
void ProcessLookup::answer(const Due& due, const FlowSockets& sockets, FoundProcess process) {
  const bool listens = (sockets.ends[0].inode != 0 ? sockets.ends[0] : sockets.ends[1]).listens;
  const std::lock_guard<std::mutex> lock(mutex_);
  due.box->answers_.push_back({due.question.serial, due.question.flow, listens, std::move(process)});
  if (--due_ == 0) settled_.notify_all();
}

}  // namespace nfstream
