// What came of a flow after it was frozen.
#pragma once

#include <cstdint>

namespace nfstream {

struct Beyond {
  uint64_t packets;
  int64_t heard_ns;  // time of the last packet
};

}  // namespace nfstream
