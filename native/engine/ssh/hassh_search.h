// Looks for the key exchange of both ends of SSH in a flow's segments, in any order. A track of a flow: it begins as zeros, and what it has
// gathered of an end is freed when that end's message is whole.
#pragma once

#include <cstdint>

#include "engine/ssh/hassh.h"
#include "engine/tls/byte_reader.h"
#include "engine/tls/reassembly.h"

namespace nfstream::ssh {

class HasshSearch {
 public:
  // A packet of a TCP flow: its direction, and the TCP header with its payload, as far as captured.
  void add(int direction, tls::Span segment);
  // What has begun will not be waited for.
  void give_up();

  // An exchange has begun and is not whole.
  bool under_way() const { return work_[0] != nullptr || work_[1] != nullptr; }
  bool has(Side side) const { return found_[static_cast<int>(side)]; }
  // Only of a side that was found.
  const Md5Digest& sum(Side side) const { return sums_[static_cast<int>(side)]; }

 private:
  struct Work {
    uint32_t origin;  // number of the stream's first byte
    tls::Reassembly stream;
  };

  void give_up(int direction);
  void begin(int direction, uint32_t number, tls::Span payload);
  Side side_of(int direction, tls::Span segment) const;

  Work* work_[2];          // by direction
  uint32_t beginning_[2];  // as the SYNs say
  bool has_beginning_[2];
  bool is_over_[2];
  bool has_client_;  // a SYN told which direction is the client's
  bool client_;
  bool found_[2];  // by side
  Md5Digest sums_[2];
};

}  // namespace nfstream::ssh
