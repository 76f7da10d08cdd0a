#include "engine/capture/decompression.h"

#include <algorithm>
#include <cstring>

namespace nfstream {

namespace {

constexpr size_t magic_size = 4;
constexpr size_t buffer_size = 128 << 10;

bool is_gzip(const uint8_t* bytes, size_t size) { return size >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8; }

// A zstd file may begin with frames to be skipped.
bool is_zstd(const uint8_t* bytes, size_t size) {
  if (size < 4) return false;
  return std::memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0 || ((bytes[0] & 0xf0) == 0x50 && std::memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0);
}

}  // namespace

InputStatus Decompression::read(uint8_t* to, size_t size, int wait_ms, size_t& got) {
  if (!recognised_) {
    const InputStatus status = recognise(wait_ms);
    if (!recognised_) return status;
  }
  if (decoder_ != nullptr) return decode(to, size, wait_ms, got);
  if (begin_ < end_) {
    got = std::min(size, end_ - begin_);
    std::memcpy(to, buffer_.data() + begin_, got);
    begin_ += got;
    return InputStatus::bytes;
  }
  return input_ended_ ? InputStatus::end : take(to, size, wait_ms, got);
}

InputStatus Decompression::take(uint8_t* to, size_t size, int wait_ms, size_t& got) {
  const InputStatus status = input_->read(to, size, wait_ms, got);
  if (status == InputStatus::bytes) bytes_in_ += got;
  if (status == InputStatus::end) input_ended_ = true;
  if (status == InputStatus::failed) return fail(input_->error().code.c_str(), input_->error().text);
  return status;
}

InputStatus Decompression::recognise(int wait_ms) {
  buffer_.resize(magic_size);
  while (end_ < magic_size && !input_ended_) {
    size_t got = 0;
    const InputStatus status = take(buffer_.data() + end_, magic_size - end_, wait_ms, got);
    if (status == InputStatus::bytes) end_ += got;
    else if (status != InputStatus::end) return status;
  }
  if (is_gzip(buffer_.data(), end_)) decoder_ = make_gzip_decoder();
  else if (is_zstd(buffer_.data(), end_)) decoder_ = make_zstd_decoder();
  if (decoder_ != nullptr) buffer_.resize(buffer_size);
  recognised_ = true;
  return InputStatus::bytes;
}

InputStatus Decompression::decode(uint8_t* to, size_t size, int wait_ms, size_t& got) {
  for (;;) {
    const uint8_t* from = buffer_.data() + begin_;
    uint8_t* out = to;
    const bool sound = decoder_->decode(from, buffer_.data() + end_, out, to + size);
    begin_ = static_cast<size_t>(from - buffer_.data());
    got = static_cast<size_t>(out - to);
    // What came before the damage is good; the damage is met again by the next call.
    if (got > 0) return InputStatus::bytes;
    if (!sound) return fail("ERR_NFSTREAM_COMPRESSION", std::string("The input's ") + decoder_->name() + " data are damaged: " + decoder_->error() + ".");
    if (begin_ < end_) continue;
    if (input_ended_) {
      if (decoder_->complete()) return InputStatus::end;
      return fail("ERR_NFSTREAM_COMPRESSION", std::string("The input's ") + decoder_->name() + " data end too early: it was cut.");
    }
    begin_ = end_ = 0;
    size_t taken = 0;
    const InputStatus status = take(buffer_.data(), buffer_.size(), wait_ms, taken);
    if (status == InputStatus::bytes) end_ = taken;
    else if (status != InputStatus::end) return status;
  }
}

}  // namespace nfstream
