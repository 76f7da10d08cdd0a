#include "engine/capture/follow_input.h"

#include <poll.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace nfstream {

namespace {

// A file's name, its length, and on some file systems its growth, are only seen by looking.
constexpr int look_every_ms = 250;

void empty(const Descriptor& descriptor) {
  char told[4096];
  while (::read(descriptor.get(), told, sizeof told) > 0) continue;
}

}  // namespace

FollowInput::FollowInput(Descriptor file, std::string path, Silence::Clock clock) : ByteInput(clock), file_(std::move(file)), path_(std::move(path)) {
  int ends[2];
  if (::fstat(file_.get(), &own_) != 0 || ::pipe(ends) != 0) {
    setup_error_ = errno;
    return;
  }
  wake_read_ = Descriptor(ends[0]);
  wake_write_ = Descriptor(ends[1]);
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
#ifdef __linux__
  // Without one, as when too many are in use, the file is looked at now and then.
  changes_ = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const std::string open = "/proc/self/fd/" + std::to_string(file_.get());
  if (changes_.valid() && ::inotify_add_watch(changes_.get(), open.c_str(), IN_MODIFY) < 0) changes_ = Descriptor();
#endif
}

InputStatus FollowInput::read(uint8_t* to, size_t size, int wait_ms, size_t& got) {
  using Time = std::chrono::steady_clock;
  if (setup_error_ != 0) return fail_to_read(setup_error_);
  const Time::time_point until = Time::now() + std::chrono::milliseconds(std::max(wait_ms, 0));
  for (;;) {
    if (cancelled_) return InputStatus::cancelled;
    const bool last = finished_ || replaced_;  // whatever was written before that is read by the next call
    silence().take();
    const ssize_t count = ::read(file_.get(), to, size);
    if (count > 0) {
      position_ += count;
      got = static_cast<size_t>(count);
      silence().came();
      return InputStatus::bytes;
    }
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail_to_read(errno);
    }
    struct stat now{};
    if (::fstat(file_.get(), &now) != 0) return fail_to_read(errno);
    if (now.st_size < position_) ending_ = Ending::truncated;
    else if (replaced_) ending_ = Ending::replaced;
    if (last || ending_ == Ending::truncated) return InputStatus::end;
    replaced_ = is_replaced();
    if (replaced_) continue;
    int left = look_every_ms;
    if (wait_ms >= 0) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Time::now()).count();
      if (rest <= 0) return InputStatus::timed_out;
      left = static_cast<int>(std::min<int64_t>(rest, left));
    }
    silence().wait();
    if (!wait(left)) return fail_to_read(errno);
  }
}

bool FollowInput::wait(int wait_ms) {
  pollfd polled[2] = {{wake_read_.get(), POLLIN, 0}, {changes_.get(), POLLIN, 0}};
  const int ready = ::poll(polled, changes_.valid() ? 2 : 1, wait_ms);
  if (ready < 0) return errno == EINTR;
  if (polled[0].revents != 0) empty(wake_read_);
  if (polled[1].revents != 0) empty(changes_);
  return true;
}

// A name that is gone may come back: until then what was read is followed.
bool FollowInput::is_replaced() const {
  struct stat named{};
  return ::stat(path_.c_str(), &named) == 0 && (named.st_dev != own_.st_dev || named.st_ino != own_.st_ino);
}

bool FollowInput::unread() const {
  struct stat now{};
  return ::fstat(file_.get(), &now) != 0 || now.st_size != position_;
}

void FollowInput::finish() {
  finished_ = true;
  wake();
}

void FollowInput::cancel() {
  cancelled_ = true;
  wake();
}

// A full pipe wakes as well as one more byte would.
void FollowInput::wake() {
  if (wake_write_.valid()) (void)!::write(wake_write_.get(), "", 1);
}

}  // namespace nfstream
