// A regular file that grows: at its end more is waited for, as `tail -F` does, until somebody says that no more comes, or until the file is another one.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <string>

#include "engine/capture/byte_input.h"
#include "engine/capture/descriptor.h"

namespace nfstream {

class FollowInput : public ByteInput {
 public:
  // How a file that was followed came to its end.
  enum class Ending { whole, truncated, replaced };

  // `path` is looked at for whether it stands for another file by now.
  FollowInput(Descriptor file, std::string path, Silence::Clock clock = boot_ns);
  InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) override;
  void cancel() override;
  bool live() const override { return true; }

  // No more is written: what is there is the rest. From any thread.
  void finish();
  // Once read() has said `end`.
  Ending ending() const { return ending_; }

 protected:
  bool unread() const override;

 private:
  bool is_replaced() const;
  // Waits until something may have changed, at most so long. False for an error, of errno.
  bool wait(int wait_ms);
  void wake();

  Descriptor file_;
  std::string path_;
  struct stat own_{};
  Descriptor wake_read_;
  Descriptor wake_write_;
  Descriptor changes_;  // of the file, where the system tells of them
  int setup_error_ = 0;
  std::atomic<int64_t> position_{0};
  std::atomic<bool> finished_{false};
  std::atomic<bool> cancelled_{false};
  bool replaced_ = false;
  Ending ending_ = Ending::whole;
};

}  // namespace nfstream
