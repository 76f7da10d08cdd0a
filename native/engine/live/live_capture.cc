#include "engine/live/live_capture.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <new>

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
      builder_(decoding(options_), built_) {}

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
  counters_.in_flight--;
}

void LiveCapture::stop() {
  stopping_ = true;
  (void)::eventfd_write(wake_.get(), 1);
}

void LiveCapture::cancel() {
  cancelled_ = true;
  (void)::eventfd_write(wake_.get(), 1);
}

LiveCounters LiveCapture::counters() {
  const std::lock_guard<std::mutex> lock(mutex_);
  count_drops();
  return counters_;
}

std::optional<int64_t> LiveCapture::clock_ns() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!idle_ || counters_.in_flight > 0 || largest_ns_ == INT64_MIN) return {};
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
  for (uint16_t place = 0; place < options_.devices.size(); place++) {
    Fanout fanout;
    for (uint32_t reader = 0; reader < options_.readers; reader++) {
      LiveDevice& device = feeds.emplace_back(options_.devices[place], place).device;
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

bool LiveCapture::add(const Feed& feed, const RingPacket& packet) {
  CapturedPacket captured = captured_from(feed.device, feed.place, packet, options_.snapshot_length);
  captured.data_offset = static_cast<uint32_t>(used_);
  if (feed.lane) {
    feed.lane->place(builder_.leave_room(), used_);
  } else {
    std::memcpy(slab_->data + used_, packet.bytes, captured.captured_length);
    (void)builder_.add(captured);
  }
  used_ += captured.captured_length;
  captured_ += captured.captured_length;
  newest_ns_ = std::max(newest_ns_, packet.time_ns);
  return room();
}

void LiveCapture::read_one() {
  LiveDevice& device = feeds_.front().device;
  feeds_.front().empty_at = reference_ns();
  if (room() && !device.read(-1, *this) && !is_shut_) fail(device.fate().value_or(device.read_problem()));
}

struct LiveCapture::Holder : PacketTaker {
  explicit Holder(Feed& to, uint32_t most) : feed(to), longest(most) {}
  bool take(const RingPacket& packet) override {
    feed.held = packet;
    feed.held.captured_length = std::min(packet.captured_length, longest);
    feed.bytes.assign(packet.bytes, packet.bytes + feed.held.captured_length);
    feed.held.bytes = feed.bytes.data();
    feed.holds = true;
    return false;
  }
  Feed& feed;
  uint32_t longest;
};

// Makes the next packet of a device the one that waits; false when there is none.
bool LiveCapture::fetch(Feed& feed) {
  if (feed.lane) return fetch_from_lane(feed);
  const int64_t now = reference_ns();
  Holder holder(feed, options_.snapshot_length);
  if (!feed.device.read(1, holder) && !is_shut_) fail(feed.device.fate().value_or(feed.device.read_problem()));
  if (!feed.holds) feed.empty_at = now;
  return feed.holds;
}

bool LiveCapture::fetch_from_lane(Feed& feed) {
  LiveLane& lane = *feed.lane;
  feed.holds = lane.next();
  if (feed.holds) {
    const PacketRecord& record = lane.record();
    feed.held = {record.time_ns, nullptr, record.captured_length, record.wire_length};
    return true;
  }
  if (const LiveLane::Trouble trouble = lane.trouble(); trouble != LiveLane::Trouble::none) {
    std::optional<LiveProblem> problem = feed.device.fate();
    if (!problem && trouble == LiveLane::Trouble::unreadable) problem = feed.device.read_problem();
    if (problem && !is_shut_) fail(std::move(*problem));
    lane.go_on();
  }
  const int64_t now = reference_ns();
  if (lane.quiet()) feed.empty_at = now;
  return false;
}

// The earliest packet of all devices again and again, as long as no earlier one may be in a ring, not yet to be seen.
void LiveCapture::read_in_order() {
  for (Feed& feed : feeds_) {
    if (!feed.holds) fetch(feed);
  }
  while (room()) {
    Feed* first = nullptr;
    for (Feed& feed : feeds_) {
      if (feed.holds && (first == nullptr || feed.held.time_ns < first->held.time_ns)) first = &feed;
    }
    if (first == nullptr) return;
    const int64_t needed = std::min(first->held.time_ns + most_unseen_ns_, over_at_);
    const auto unknown = std::find_if(feeds_.begin(), feeds_.end(), [&](const Feed& feed) { return !feed.holds && feed.empty_at < needed; });
    if (unknown != feeds_.end()) {
      if (!fetch(*unknown) && unknown->empty_at < needed) return;
      continue;  // the first one may be another one by now
    }
    first->holds = false;
    (void)add(*first, first->held);
    fetch(*first);
  }
}

// The wall clock, but never set back: an order that is a little less strict is better than packets that wait for an hour to come again.
int64_t LiveCapture::reference_ns() {
  const int64_t boot = boot_ns();
  largest_offset_ = std::max(largest_offset_, wall_ns() - boot);
  return boot + largest_offset_;
}

// What lanes were told to bring is in the slab.
void LiveCapture::wait_for_lanes(const PacketSlab& slab) {
  for (Feed& feed : feeds_) {
    if (feed.lane) feed.lane->deliver(slab);
  }
  const auto brings = [](const Feed& feed) { return feed.lane && feed.lane->delivering(); };
  while (std::any_of(feeds_.begin(), feeds_.end(), brings)) wait_for_wake();
}

void LiveCapture::hand_over(const PacketSlab& slab) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    counters_.received = built_.packets;
    counters_.bytes = captured_;
    counters_.in_flight++;
    if (newest_ns_ > largest_ns_) {
      largest_ns_ = newest_ns_;
      largest_read_at_ = boot_ns();
    }
  }
  listener_.filled(slab);
}

// With the mutex. What the kernel has dropped since the last time belongs to the state of that time.
void LiveCapture::count_drops() {
  for (Feed& feed : feeds_) (starved_ ? counters_.dropped_by_credit : counters_.dropped_by_kernel) += feed.device.take_drops();
}

void LiveCapture::shut() {
  if (is_shut_) return;
  for (Feed& feed : feeds_) feed.device.shut();
  is_shut_ = true;
  over_at_ = reference_ns() + most_unseen_ns_;
}

// Everything in front of a problem is handed over.
void LiveCapture::fail(LiveProblem problem) {
  if (!problem_) problem_ = std::move(problem);
  shut();
}

// Everything was taken, and nothing can come into view any more.
bool LiveCapture::drained() const {
  return is_shut_ && std::all_of(feeds_.begin(), feeds_.end(), [this](const Feed& feed) { return !feed.holds && feed.empty_at >= over_at_; });
}

int LiveCapture::wait_ms() const {
  const bool holding = std::any_of(feeds_.begin(), feeds_.end(), [](const Feed& feed) { return feed.holds; });
  return holding || is_shut_ ? 10 : check_ms;
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
  if (now - checked_at_ < check_ms * ms) return;
  checked_at_ = now;
  for (Feed& feed : feeds_) {
    if (std::optional<LiveProblem> problem = feed.device.fate()) fail(std::move(*problem));
  }
}

}  // namespace nfstream
