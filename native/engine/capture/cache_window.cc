#include "engine/capture/cache_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace nfstream {

namespace {

// Bytes of a part that are looked at, each on a page of its own.
constexpr off_t probes = 8;
constexpr off_t least_told = probes * (off_t{16} << 10);

}  // namespace

CacheWindow::CacheWindow(int file, off_t least, off_t step) : file_(file), step_(step) {
#ifdef POSIX_FADV_DONTNEED
  struct stat status{};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < least) return;
  const off_t at = ::lseek(file, 0, SEEK_CUR);
  if (at < 0) return;
  size_ = status.st_size;
  position_ = at;
  part_ = at / step;
  next_ = (part_ + 1) * step;
  for (off_t part = part_; part <= part_ + ahead; part++) fetch(part);
#else
  (void)least;
#endif
}

CacheWindow::~CacheWindow() {
  if (next_ == INT64_MAX) return;
  for (off_t part = part_; part <= part_ + ahead; part++) drop(part);
}

void CacheWindow::move() {
  while (position_ >= next_) {
    drop(part_);
    part_++;
    next_ += step_;
    fetch(part_ + ahead);
  }
}

void CacheWindow::fetch(off_t part) {
  const bool cached = is_cached(part);
  was_cached_[part % (ahead + 1)] = cached;
#ifdef POSIX_FADV_WILLNEED
  if (!cached) ::posix_fadvise(file_, part * step_, step_, POSIX_FADV_WILLNEED);
#endif
}

void CacheWindow::drop(off_t part) {
#ifdef POSIX_FADV_DONTNEED
  if (!was_cached_[part % (ahead + 1)]) ::posix_fadvise(file_, part * step_, step_, POSIX_FADV_DONTNEED);
#else
  (void)part;
#endif
}

// As most of a few of its bytes tell, which are read only where that needs no disk. The kernel begins to fetch a byte that is not there, and a fast disk may
// have brought it before the call is over, so that one alone says nothing. mincore() would not tell it to everybody.
bool CacheWindow::is_cached(off_t part) const {
#ifdef RWF_NOWAIT
  const off_t length = std::min(step_, size_ - part * step_);
  // What is left at the end of a file may be too short to tell.
  if (length < least_told) return part > part_ && was_cached_[(part - 1) % (ahead + 1)];
  off_t there = 0;
  for (off_t probe = 0; probe < probes; probe++) {
    char byte = 0;
    const iovec into{&byte, 1};
    if (::preadv2(file_, &into, 1, part * step_ + (2 * probe + 1) * length / (2 * probes), RWF_NOWAIT) == 1) there++;
  }
  return there > probes / 2;
#else
  (void)part;
  return false;
#endif
}

}  // namespace nfstream
