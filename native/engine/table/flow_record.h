// One open flow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/dissect/dissector.h"
#include "engine/table/record_key.h"

namespace nfstream {

enum class EndReason : uint8_t { idle, active, end_of_source, capacity, tcp_fin, tcp_rst, custom, snapshot, count };

enum class DissectPhase : uint8_t { searching, partial, done };

// What a flow keeps of the packets of its key: all that its columns ask for; no more than the label and its end, once it is frozen; nothing, of a key whose
// flow a plugin has ended: such a record swallows packets and is never put out.
enum class Counting : uint8_t { all, frozen, mute };

class FlowFacts;

// A value that the thread of the dissection tells the meter's, with all that it wrote before.
template <typename Value>
class Published {
 public:
  Value get() const {
    Value value;
    __atomic_load(&value_, &value, __ATOMIC_ACQUIRE);
    return value;
  }
  void set(Value value) { __atomic_store(&value_, &value, __ATOMIC_RELEASE); }

 private:
  Value value_;
};

// There are millions of these: what every packet touches stands first, and nothing is wider than it need be.
struct FlowRecord {
  RecordKey key;
  uint64_t last_packet;  // its number among all packets of the run, also of one that is not counted
  // The list ordered by last packet. A flow that a plugin has ended is in no list.
  union {
    uint32_t older;
    int32_t custom_reason;  // what that plugin gave
  };
  uint32_t newer;
  int64_t last_ns[2];  // by direction: 0 source to destination, 1 back
  uint64_t packets[2];
  uint64_t bytes[2];
  int64_t first_ns[2];
  uint32_t dissection;    // cell of the dissector's state, SlabPool::none without one
  bool source_is_larger;  // which endpoint of the key is the source
  Counting counting;
  EndReason closed_by;  // tcp_fin or tcp_rst; idle for a flow that is open still
  bool lingers;         // which list it is in
  bool handed_all;      // the dissection wants no more packets, as far as the meter knows
  bool unwatched;       // nobody wants to be told of its packets one by one any more
  Published<DissectPhase> phase;
  Published<bool> hello_known;  // the dissector has found the server's name, or a hello without one
  uint8_t handed_packets;       // to the dissection, by the meter
  uint8_t dissected_packets;    // of those, before the dissection was over
  uint8_t confidence;
  bool guessed;
  uint16_t master;
  uint16_t application;
  uint16_t category;
  uint8_t source_mac[6];
  uint8_t destination_mac[6];
  AddressRules by_address;  // once the dissection is over
  FlowFacts* facts;         // null until the dissection is over, and when it found none

  uint64_t total_packets() const { return packets[0] + packets[1]; }
  uint64_t total_bytes() const { return bytes[0] + bytes[1]; }
  int64_t first_seen_ns() const { return first_ns[0]; }
  int64_t last_seen_ns() const { return packets[1] > 0 && last_ns[1] > last_ns[0] ? last_ns[1] : last_ns[0]; }
};

static_assert(offsetof(FlowRecord, key) == 0, "the rest of the key stands in front of it");

}  // namespace nfstream
