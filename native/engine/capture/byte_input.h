// Where the bytes of a capture come from. One thread reads; cancel() may be called from any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/capture/silence.h"

namespace nfstream {

enum class InputStatus {
  bytes,      // `got` of them, at least one
  timed_out,  // none came within `wait_ms`
  pending,    // none now: more are pushed later
  end,
  failed,  // error() says why
  cancelled,
};

struct InputError {
  std::string code;  // a FlowError code
  std::string text;  // one sentence
};

constexpr int wait_for_ever = -1;

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // Up to `size` bytes. An input that may be silent waits at most `wait_ms` milliseconds.
  virtual InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) = 0;
  // Ends a read that waits, and every later one.
  virtual void cancel() = 0;
  // Whether bytes come when they like, so that what is there must be handed on in time.
  virtual bool live() const { return false; }
  const InputError& error() const { return error_; }

  // What the reader tells of what it holds back.
  Silence& silence() { return silence_; }
  // The time by packets while nothing comes, for any thread; none for an input that is not live.
  std::optional<int64_t> silent_clock_ns() const {
    return silence_.now_ns([this] { return unread(); });
  }

 protected:
  explicit ByteInput(Silence::Clock clock = boot_ns) : silence_(clock) {}
  // Whether bytes are there that were not taken; for any thread.
  virtual bool unread() const { return false; }
  InputStatus fail(const char* code, std::string text) {
    error_ = {code, std::move(text)};
    return InputStatus::failed;
  }
  // For errno.
  InputStatus fail_to_read(int error);

 private:
  InputError error_;
  Silence silence_;
};

}  // namespace nfstream
