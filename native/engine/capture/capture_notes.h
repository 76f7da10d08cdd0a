// What a pcapng capture says beside its packets, for whoever writes them to another one: what its interfaces are called, and secrets that decrypt what they
// carried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/capture/byte_order.h"

namespace nfstream {

struct InterfaceNote {
  uint64_t first_packet;  // number of the packet behind its description: an interface of a later section may have the same id
  uint16_t id;            // in its section
  uint32_t snapshot_length;
  std::vector<uint8_t> options;  // as a block has them, in little endian, without those about times and without an end
};

struct SecretsNote {
  uint32_t type;
  std::vector<uint8_t> data;
};

// Filled while a capture is read, and taken from any thread. How much there is of it is up to whoever wrote the capture, and bounded.
class CaptureNotes {
 public:
  static constexpr size_t most_bytes = 16 << 20;
  static constexpr size_t most_interfaces = 65536;

  struct Taken {
    std::vector<InterfaceNote> interfaces;
    std::vector<SecretsNote> secrets;
    uint64_t secrets_left_out = 0;
    std::optional<uint64_t> unknown_from;  // number of the first packet whose interface may not be among those that were noted
  };

  void add_interface(InterfaceNote note);
  // Whether secrets of this size will be taken; they are counted as left out where not.
  bool has_room_for_secrets(size_t size);
  void add_secrets(SecretsNote note);
  // What has come since the last time.
  Taken take();

 private:
  std::mutex mutex_;
  Taken waiting_;
  size_t bytes_ = 0;
  size_t interfaces_ = 0;
};

// Appends an option of an interface as a note has it; those that mean nothing elsewhere are left out.
void keep_option(std::vector<uint8_t>& options, uint16_t code, const uint8_t* value, size_t length, const ByteOrder& order);

}  // namespace nfstream
