// A pipe, FIFO, terminal or socket: it may be silent for ever, so every wait can be woken.
#pragma once

#include <atomic>

#include "engine/capture/byte_input.h"
#include "engine/capture/descriptor.h"

namespace nfstream {

class LiveInput : public ByteInput {
 public:
  explicit LiveInput(Descriptor source, Silence::Clock clock = boot_ns);
  InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) override;
  void cancel() override;
  bool live() const override { return true; }

 protected:
  bool unread() const override;

 private:
  Descriptor source_;
  Descriptor wake_read_;
  Descriptor wake_write_;
  int setup_error_ = 0;
  std::atomic<bool> cancelled_{false};
};

}  // namespace nfstream
