#include "engine/capture/live_input.h"

#include <poll.h>

#include <cerrno>

namespace nfstream {

LiveInput::LiveInput(Descriptor source, Silence::Clock clock) : ByteInput(clock), source_(std::move(source)) {
  int ends[2];
  if (::pipe(ends) != 0) {
    setup_error_ = errno;
    return;
  }
  wake_read_ = Descriptor(ends[0]);
  wake_write_ = Descriptor(ends[1]);
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
}

// Every read() follows a poll() that found something, because the mode of a descriptor that we were given is not ours to change.
// That also makes a FIFO wait for its first writer: its poll() is silent until one has come, where read() would say "end".
InputStatus LiveInput::read(uint8_t* to, size_t size, int wait_ms, size_t& got) {
  if (setup_error_ != 0) return fail_to_read(setup_error_);
  for (;;) {
    if (cancelled_) return InputStatus::cancelled;
    pollfd polled[2] = {{source_.get(), POLLIN, 0}, {wake_read_.get(), POLLIN, 0}};
    silence().wait();
    const int ready = ::poll(polled, 2, wait_ms);
    silence().take();
    if (cancelled_) return InputStatus::cancelled;
    if (ready == 0) return InputStatus::timed_out;
    if (ready < 0) {
      if (errno == EINTR) continue;
      return fail_to_read(errno);
    }
    if (polled[0].revents & POLLNVAL) return fail_to_read(EBADF);
    if (polled[0].revents == 0) continue;
    const ssize_t count = ::read(source_.get(), to, size);
    if (count > 0) {
      got = static_cast<size_t>(count);
      silence().came();
      return InputStatus::bytes;
    }
    if (count == 0) return InputStatus::end;
    if (errno != EINTR && errno != EAGAIN) return fail_to_read(errno);
  }
}

bool LiveInput::unread() const {
  pollfd polled = {source_.get(), POLLIN, 0};
  return ::poll(&polled, 1, 0) != 0;
}

void LiveInput::cancel() {
  cancelled_ = true;
  // A full pipe wakes as well as one more byte would.
  if (wake_write_.valid()) (void)!::write(wake_write_.get(), "", 1);
}

}  // namespace nfstream
