// The memory that nDPI takes. Where an allocation fails, nDPI follows a null pointer or goes on without what it wanted to keep, so that it is
// never told: a reserve helps out until the call is over, and the run then ends. docs/ndpi.md has what was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/dissect/ndpi/in_use.h"
#include "engine/dissect/ndpi/set_up_pool.h"

namespace nfstream::ndpi {

// What nDPI takes for one module. One thread at a time.
class Memory {
 public:
  // Puts `reserve` bytes of addresses aside, which cost nothing until they are written to. Throws std::bad_alloc without them.
  explicit Memory(size_t reserve);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Puts another number of bytes aside. Throws std::bad_alloc without them, and when an allocation has failed.
  void set_reserve(size_t bytes);
  // The module is set up: from now on blocks come and go.
  void end_set_up() { setting_up_ = false; }
  size_t reserve() const { return reserve_size_; }
  // Throws std::bad_alloc once an allocation has failed: from then on what nDPI says counts no more, and its flows are only to be released.
  void check() const {
    if (failed_) throw std::bad_alloc();
  }
  bool failed() const { return failed_; }
  // How many blocks nDPI has taken and not given back.
  int64_t blocks() const { return blocks_; }

  void* take(size_t size);
  void* take_again(void* block, size_t size);
  void give_back(void* block);

 private:
  void* find_room(size_t size);
  bool in_reserve(const void* block) const;
  void* take_from_reserve(size_t size);
  void unmap();

  SetUpPool pool_;
  bool setting_up_ = true;
  uint8_t* reserve_ = nullptr;
  size_t reserve_size_ = 0;
  size_t reserve_used_ = 0;
  int64_t blocks_ = 0;
  bool failed_ = false;
};

// Every call of nDPI that may take memory or give it back is made while one is in use.
using MemoryUse = InUse<Memory>;

// Makes nDPI take its memory here, in the whole process, unless another copy of this module has come before: then nothing is ever taken of a Memory, and
// false is given. Before anything else of nDPI is called.
bool install_memory();

}  // namespace nfstream::ndpi
