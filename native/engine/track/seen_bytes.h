// Which bytes of one direction of a TCP stream were seen: all up to a point, and a few ranges behind it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream {

class SeenBytes {
 public:
  // All before `next` is taken for seen.
  void begin(uint32_t next);
  void add(uint32_t from, uint32_t to);
  // The peer has everything up to `to`. Gives the number of holes before it, of which nothing more will come.
  unsigned acknowledge(uint32_t to);

 private:
  struct Range {
    uint32_t from;
    uint32_t to;
  };

  void merge_smallest_hole();

  static constexpr size_t most = 4;
  uint32_t next_;
  uint32_t count_;
  Range later_[most + 1];  // in order, with a hole before each; one is room to work
};

}  // namespace nfstream
