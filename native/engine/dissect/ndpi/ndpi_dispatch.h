// Which of nDPI's dissectors see a packet. nDPI 4.2 asks each of some 150 whether it wants such a packet and is not excluded yet, and copies two masks
// of 64 bytes for each answer: a fifth of its time. Here all are asked at once, and most packets have few left. Which are called, in which order and
// what follows is as in ndpi_check_flow_func() of its ndpi_main.c, whose place this takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/dissect/ndpi/in_use.h"
#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

// The dissectors of one module. One thread at a time.
class Dispatch {
 public:
  // Of a module that is set up. Null where nDPI has to choose by itself: another release, or a module that is not laid out as the headers say.
  static std::unique_ptr<Dispatch> of(const Module* module);
  ~Dispatch();

  // Calls those that `flow` has not excluded of the dissectors for packets of a kind (a sum of NDPI_SELECTION_BITMASK_...), and tells how many.
  uint32_t call_dissectors(Module* module, Flow* flow, uint32_t kind) const;

 private:
  struct Plan;

  Dispatch();
  const Plan* plan_for(uint32_t kind) const;

  std::vector<Plan> plans_;
};

using DispatchUse = InUse<const Dispatch>;

}  // namespace nfstream::ndpi
