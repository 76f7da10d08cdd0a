#include "engine/capture/pushed_input.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace nfstream {

bool PushedInput::push(const uint8_t* bytes, size_t size) {
  silence().take();
  silence().came();
  try {
    bytes_.insert(bytes_.end(), bytes, bytes + size);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

InputStatus PushedInput::read(uint8_t* to, size_t size, int, size_t& got) {
  if (cancelled_) return InputStatus::cancelled;
  if (taken_ == bytes_.size()) {
    bytes_.clear();
    taken_ = 0;
    if (finished_) return InputStatus::end;
    silence().wait();
    return InputStatus::pending;
  }
  got = std::min(size, bytes_.size() - taken_);
  std::memcpy(to, bytes_.data() + taken_, got);
  taken_ += got;
  return InputStatus::bytes;
}

}  // namespace nfstream
