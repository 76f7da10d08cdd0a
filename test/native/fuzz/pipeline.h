// The engine from a capture's bytes to columns of flows, with every promise between the stages checked.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/dissect/dissector.h"
#include "engine/meter/meter_group.h"
#include "fuzz/variants.h"

namespace nfstream::fuzz {

struct Totals {
  uint64_t packets = 0;
  uint64_t ignored = 0;
  uint64_t flows = 0;
  uint64_t damaged = 0;  // captures that ended in damage
};

class Pipeline {
 public:
  Pipeline();

  // Reads, decodes, meters and dissects a variant, with a meter for each dissector, all of which may be null.
  // Returns what promise was broken, or null.
  const char* run(const Variant& variant, Random& random, const std::vector<Dissector*>& dissectors);
  const Totals& totals() const { return totals_; }

 private:
  const char* meter_batch(MeterGroup& meters, const PacketBatchView& view);
  const char* drain(MeterGroup& meters);

  std::vector<uint8_t> data_;
  std::vector<PacketRecord> records_;
  Totals totals_;
};

}  // namespace nfstream::fuzz
