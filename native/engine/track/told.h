// How much of a flow was put out before, in snapshots.
#pragma once

#include <cstdint>

namespace nfstream {

struct Told {
  uint64_t packets;
  uint64_t bytes;
};

}  // namespace nfstream
