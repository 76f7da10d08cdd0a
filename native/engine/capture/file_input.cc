#include "engine/capture/file_input.h"

#include <cerrno>

namespace nfstream {

FileInput::FileInput(Descriptor file) : file_(std::move(file)), cache_(file_.get()) {
#ifdef POSIX_FADV_SEQUENTIAL
  ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
}

InputStatus FileInput::read(uint8_t* to, size_t size, int, size_t& got) {
  for (;;) {
    if (cancelled_) return InputStatus::cancelled;
    const ssize_t count = ::read(file_.get(), to, size);
    if (count > 0) {
      got = static_cast<size_t>(count);
      cache_.advance(got);
      return InputStatus::bytes;
    }
    if (count == 0) return InputStatus::end;
    if (errno != EINTR) return fail_to_read(errno);
  }
}

}  // namespace nfstream
