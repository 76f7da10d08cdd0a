// Reads of a huge file leave the page cache as it was, for those who have use of it: what the reader is about to need is fetched, and what is behind it is
// dropped, unless most of it was in the cache before.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace nfstream {

class CacheWindow {
 public:
  // A smaller file may be read again soon, and stays in the cache.
  static constexpr off_t huge = off_t{1} << 30;
  // Bytes that are fetched and dropped at a time.
  static constexpr off_t usual_step = off_t{8} << 20;

  // `file` is open for reading, at the place where it begins, and outlives this.
  explicit CacheWindow(int file, off_t least = huge, off_t step = usual_step);
  ~CacheWindow();
  CacheWindow(const CacheWindow&) = delete;
  CacheWindow& operator=(const CacheWindow&) = delete;

  // So many bytes more were read.
  void advance(size_t bytes) {
    position_ += static_cast<off_t>(bytes);
    if (position_ >= next_) move();
  }

 private:
  void move();
  void fetch(off_t part);
  void drop(off_t part);
  bool is_cached(off_t part) const;

  // Parts of the file are numbered: `part` is where the reader is, and the one behind it is fetched.
  static constexpr int ahead = 1;
  int file_;
  off_t step_;
  off_t size_ = 0;
  off_t position_ = 0;
  off_t part_ = 0;
  off_t next_ = INT64_MAX;           // where the next part begins; far away in a file that is not huge
  bool was_cached_[ahead + 1] = {};  // by part, in turn
};

}  // namespace nfstream
