// What a run's indexes are keyed by. The seed is random, so that nobody who chooses addresses and ports can choose collisions.
#pragma once

#include <cstdint>

#include "engine/table/flow_key.h"

namespace nfstream {

class FlowHash {
 public:
  FlowHash();

  uint32_t operator()(const FlowKey& key) const {
    const uint64_t* w = key.words;
    uint64_t h = fold_multiply(w[0] ^ seed_[0], w[1] ^ seed_[1]) ^ fold_multiply(w[2] ^ seed_[2], w[3] ^ seed_[3]);
    h = fold_multiply(h ^ seed_[4], w[4] ^ seed_[5]);
    h = fold_multiply(h ^ w[5], seed_[6] | 1);
    return static_cast<uint32_t>(h ^ (h >> 32));
  }

 private:
  static uint64_t fold_multiply(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  uint64_t seed_[7];
};

}  // namespace nfstream
