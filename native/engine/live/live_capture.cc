#include "engine/live/live_capture.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/clocks.h"

namespace nfstream {

namespace {

constexpr int64_t ms = 1'000'000;
// How often devices are asked whether they are still there.
constexpr int check_ms = 1000;
// libpcap compiles filters on this thread, going down as many calls as a program has branches. Pages that nobody touches cost nothing.
constexpr size_t stack_size = 128 << 20;

}  // namespace

LiveCapture::LiveCapture(LiveOptions options, LiveListener& listener)
    : options_(std::move(options)), most_unseen_ns_(LiveDevice::most_unseen_ns(options_)), listener_(listener), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      builder_(decoding(options_), built_), counters_(options_.devices.size()) {}

LiveCapture::~LiveCapture() = default;

bool LiveCapture::start() {
  pthread_attr_t attributes;
  if (!wake_.valid() || ::pthread_attr_init(&attributes) != 0) return false;
  started_ = ::pthread_attr_setstacksize(&attributes, stack_size) == 0 && ::pthread_create(&thread_, &attributes, run_thread, this) == 0;
  ::pthread_attr_destroy(&attributes);
  if (started_) (void)::pthread_setname_np(thread_, "nfstream live");
  return started_;
}

void LiveCapture::join() {
  if (started_) ::pthread_join(thread_, nullptr);
  started_ = false;
}

void LiveCapture::grant(const PacketSlab& slab) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    granted_.push_back(slab);
  }
  (void)::eventfd_write(wake_.get(), 1);
}

void LiveCapture::acknowledge() {
  const std::lock_guard<std::mutex> lock(mutex_);
  in_flight_--;
}

void LiveCapture::stop() {
  stopping_ = true;
  (void)::eventfd_write(wake_.get(), 1);
}

void LiveCapture::cancel() {
  cancelled_ = true;
  (void)::eventfd_write(wake_.get(), 1);
}

std::vector<LiveCounters> LiveCapture::counters() {
  const std::lock_guard<std::mutex> lock(mutex_);
  count_drops();
  return counters_;
}

std::optional<int64_t> LiveCapture::clock_ns() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!idle_ || in_flight_ > 0 || largest_ns_ == INT64_MIN) return {};
  // The time first: what comes into the ring behind it is later than that.
  const int64_t now = boot_ns();
  for (const Feed& feed : feeds_) {
    pollfd polled{feed.device.descriptor(), POLLIN, 0};
    if (feed.lane ? !feed.lane->quiet() : ::poll(&polled, 1, 0) != 0) return {};
  }
  return std::max(largest_ns_, largest_ns_ + (now - largest_read_at_) - most_unseen_ns_);
}

void* LiveCapture::run_thread(void* self) {
  static_cast<LiveCapture*>(self)->run();
  return nullptr;
}

void LiveCapture::run() {
  std::optional<LiveProblem> problem;
  try {
    problem = open();
    if (!problem) {
      listener_.opened();
      problem = capture();
    }
  } catch (const std::bad_alloc&) {
    problem = LiveProblem{"ERR_NFSTREAM_MEMORY", options_.devices.front(), "There is no memory left for the packets of a capture."};
  }
  for (Feed& feed : feeds_) feed.lane.reset();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    count_drops();
    feeds_.clear();
    granted_.clear();
  }
  listener_.ended(problem ? &*problem : nullptr);
}

std::optional<LiveProblem> LiveCapture::open() {
  std::deque<Feed> feeds;
  for (size_t place = 0; place < options_.devices.size(); place++) {
    Fanout fanout;
    for (uint32_t reader = 0; reader < options_.readers; reader++) {
      LiveDevice& device = feeds.emplace_back(options_.devices[place], static_cast<uint16_t>(place)).device;
      if (std::optional<LiveProblem> failed = options_.readers > 1 ? device.join(options_, fanout) : device.open(options_)) return failed;
    }
  }
  if (options_.readers > 1) {
    for (Feed& feed : feeds) {
      if (std::optional<LiveProblem> failed = feed.device.begin(options_)) return failed;
    }
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    feeds_ = std::move(feeds);
  }
  return options_.readers > 1 ? start_lanes() : std::nullopt;
}

std::optional<LiveProblem> LiveCapture::start_lanes() {
  for (Feed& feed : feeds_) {
    feed.lane = std::make_unique<LiveLane>(feed.device, feed.place, options_, wake_.get());
    if (!feed.lane->start()) return LiveProblem{"ERR_NFSTREAM_READ", feed.device.name(), "No thread could be started to capture packets."};
  }
  return {};
}

std::optional<LiveProblem> LiveCapture::capture() {
  checked_at_ = boot_ns();
  for (bool more = true; more;) {
    std::optional<PacketSlab> slab = next_slab();
    if (!slab) return {};
    more = fill(*slab);
    if (cancelled_) return {};
    if (slab->count == 0) continue;
    wait_for_lanes(*slab);
    hand_over(*slab);
  }
  return problem_;
}

// Waits for one; nothing when the capture was cancelled meanwhile.
std::optional<PacketSlab> LiveCapture::next_slab() {
  for (;;) {
    if (cancelled_) return {};
    if (stopping_) shut();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (starved_ != granted_.empty()) {
        count_drops();
        starved_ = granted_.empty();
      }
      if (!starved_) {
        const PacketSlab slab = granted_.front();
        granted_.pop_front();
        return slab;
      }
    }
    wait_for_wake();
  }
}

// False at the end of the capture; the slab may hold the last packets.
bool LiveCapture::fill(PacketSlab& slab) {
  slab_ = &slab;
  used_ = 0;
  builder_.begin(slab);
  for (;;) {
    if (cancelled_) return false;
    if (stopping_) shut();
    if (feeds_.size() == 1) read_one();
    else read_in_order();
    if (slab.count > 0) return true;
    if (drained()) return false;
    wait();
    look_after_devices();
  }
}

bool LiveCapture::room() const { return slab_->count < slab_->record_capacity && slab_->data_size - used_ >= options_.snapshot_length; }

bool LiveCapture::take(const RingPacket& packet) { return add(feeds_.front(), packet); }

bool LiveCapture::add(Feed& feed, const RingPacket& packet) {
  CapturedPacket captured = captured_from(feed.device, feed.place, packet, options_.snapshot_length);
  captured.data_offset = static_cast<uint32_t>(used_);
  if (feed.lane) {
    feed.lane->place(builder_.leave_room(), used_);
  } else {
    std::memcpy(slab_->data + used_, packet.bytes, captured.captured_length);
    (void)builder_.add(captured);
  }
  used_ += captured.captured_length;
  feed.received++;
  feed.captured += captured.captured_length;
  newest_ns_ = std::max(newest_ns_, packet.time_ns);
  return room();
}

void LiveCapture::read_one() {
  Feed& feed = feeds_.front();
  feed.empty_at = reference_ns();
  if (room() && !feed.device.read(-1, *this) && !is_shut_) fail(feed, feed.device.fate().value_or(feed.device.read_problem()));
}

void LiveCapture::hand_over(const PacketSlab& slab) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Feed& feed : feeds_) {
      counters_[feed.place].received += std::exchange(feed.received, 0);
      counters_[feed.place].bytes += std::exchange(feed.captured, 0);
    }
    in_flight_++;
    if (newest_ns_ > largest_ns_) {
      largest_ns_ = newest_ns_;
      largest_read_at_ = boot_ns();
    }
  }
  listener_.filled(slab);
}

// With the mutex. What the kernel has dropped since the last time belongs to the state of that time.
void LiveCapture::count_drops() {
  for (Feed& feed : feeds_) {
    LiveCounters& counted = counters_[feed.place];
    const LiveDevice::Counted more = feed.device.take_counts();
    counted.arrived += more.arrived;
    (starved_ ? counted.dropped_by_credit : counted.dropped_by_kernel) += more.dropped;
  }
}

void LiveCapture::shut() {
  if (is_shut_) return;
  for (Feed& feed : feeds_) feed.device.shut();
  is_shut_ = true;
  over_at_ = reference_ns() + most_unseen_ns_;
}

// Everything in front of a problem is handed over.
void LiveCapture::fail(Feed& feed, LiveProblem problem) {
  if (feed.away) return;
  if (options_.retry_ms > 0 && problem.code == "ERR_NFSTREAM_DEVICE_GONE") {
    feed.away = true;
    feed.looked_at = boot_ns();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      counters_[feed.place].away = true;
    }
    return listener_.gone(problem);
  }
  if (!problem_) problem_ = std::move(problem);
  shut();
}

// Everything was taken, and nothing can come into view any more.
bool LiveCapture::drained() const {
  return is_shut_ && std::all_of(feeds_.begin(), feeds_.end(), [this](const Feed& feed) { return !feed.holds && feed.empty_at >= over_at_; });
}

int LiveCapture::wait_ms() const {
  const bool holding = std::any_of(feeds_.begin(), feeds_.end(), [](const Feed& feed) { return feed.holds; });
  return holding || is_shut_ ? 10 : static_cast<int>(check_ns() / ms);
}

void LiveCapture::wait() {
  std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
  bool holding = false;
  for (const Feed& feed : feeds_) {
    holding = holding || feed.holds;
    // One that holds a packet back is not asked for more, and a lane tells by itself.
    if (!feed.holds && !feed.lane) polled.push_back({feed.device.descriptor(), POLLIN, 0});
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_ = !holding;
  }
  const int ready = ::poll(polled.data(), polled.size(), wait_ms());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_ = false;
  }
  if (ready <= 0) return;
  eventfd_t times;
  (void)::eventfd_read(wake_.get(), &times);
  for (const pollfd& each : polled) {
    if (each.revents & ~POLLIN) checked_at_ = 0;
  }
}

void LiveCapture::wait_for_wake() {
  pollfd polled{wake_.get(), POLLIN, 0};
  eventfd_t times;
  if (::poll(&polled, 1, -1) > 0) (void)::eventfd_read(wake_.get(), &times);
}

void LiveCapture::look_after_devices() {
  const int64_t now = boot_ns();
  if (now - checked_at_ < check_ns()) return;
  checked_at_ = now;
  for (Feed& feed : feeds_) {
    if (feed.away) look_for(feed);
    else if (std::optional<LiveProblem> problem = feed.device.fate()) fail(feed, std::move(*problem));
  }
}

int64_t LiveCapture::check_ns() const {
  const bool waiting = std::any_of(feeds_.begin(), feeds_.end(), [](const Feed& feed) { return feed.away; });
  return (waiting ? std::min<int64_t>(check_ms, options_.retry_ms) : check_ms) * ms;
}

void LiveCapture::look_for(Feed& feed) {
  const int64_t now = boot_ns();
  if (now - feed.looked_at < options_.retry_ms * ms) return;
  feed.looked_at = now;
  switch (feed.device.come_back(options_)) {
    case LiveDevice::Return::not_yet: return;
    case LiveDevice::Return::other_link:
      feed.away = false;
      return fail(feed,
                  {"ERR_NFSTREAM_LINK_TYPE", feed.device.name(), "The device " + feed.device.name() + " came back with another link type than it had before."});
    case LiveDevice::Return::back: break;
  }
  feed.away = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    counters_[feed.place].away = false;
    counters_[feed.place].returns++;
  }
  listener_.back(feed.device.name());
}

}  // namespace nfstream
