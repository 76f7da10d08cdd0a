// A regular file: reading it never waits long.
#pragma once

#include <atomic>

#include "engine/capture/byte_input.h"
#include "engine/capture/cache_window.h"
#include "engine/capture/descriptor.h"

namespace nfstream {

class FileInput : public ByteInput {
 public:
  explicit FileInput(Descriptor file);
  InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) override;
  void cancel() override { cancelled_ = true; }

 private:
  Descriptor file_;
  CacheWindow cache_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace nfstream
