#include "engine/table/flow_hash.h"

#include <random>

namespace nfstream {

FlowHash::FlowHash() {
  std::random_device random;
  for (uint64_t& word : seed_) word = uint64_t{random()} << 32 | random();
}

}  // namespace nfstream
