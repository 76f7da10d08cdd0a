// The first fragments of packets that may have later ones: what a later fragment needs of the first to be in its flow. Bounded in entries
// and in the time of the packets; nothing that is observable depends on the index's random seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/table/flow_hash.h"
#include "engine/table/flow_index.h"

namespace nfstream {

// What only the first fragment tells.
struct FirstFragment {
  uint16_t src_port;
  uint16_t dst_port;
  uint8_t protocol;
};

class FragmentTable {
 public:
  // At the limit the first fragment that was noted longest ago goes.
  static constexpr size_t capacity = 8192;
  // For as long a receiver waits for the rest of a packet (RFC 8200, 4.5).
  static constexpr int64_t longest_wait_ns = 60'000'000'000;

  // `key` is that of the fragments of one packet, the same for all of them. A second first fragment takes the place of the one before.
  void note(const FlowKey& key, int64_t time_ns, const FirstFragment& first);
  // The first fragment of the same packet, or null when none was noted within the wait before or after this time.
  const FirstFragment* find(const FlowKey& key, int64_t time_ns) const;

  size_t size() const { return index_.size(); }

 private:
  struct Entry {
    FlowKey key;
    int64_t time_ns;
    uint32_t hash;
    bool known;  // in the index
    FirstFragment first;
  };

  uint32_t lookup(uint32_t hash, const FlowKey& key) const;
  void forget(uint32_t entry);
  uint32_t next_entry();

  FlowHash hash_;
  FlowIndex index_;
  std::vector<Entry> entries_;  // a ring in the order in which they were noted, once there are `capacity`
  uint32_t next_ = 0;
};

}  // namespace nfstream
