// Bytes that somebody else brings, piece by piece.
#pragma once

#include <atomic>
#include <vector>

#include "engine/capture/byte_input.h"

namespace nfstream {

class PushedInput : public ByteInput {
 public:
  explicit PushedInput(Silence::Clock clock = boot_ns) : ByteInput(clock) {}
  // Not while a read() is under way. Returns false when there is no memory for them.
  bool push(const uint8_t* bytes, size_t size);
  void finish() { finished_ = true; }

  InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) override;
  void cancel() override { cancelled_ = true; }

 private:
  std::vector<uint8_t> bytes_;
  size_t taken_ = 0;
  bool finished_ = false;
  std::atomic<bool> cancelled_{false};
};

}  // namespace nfstream
