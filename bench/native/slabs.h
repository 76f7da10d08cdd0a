// What the programs of this folder have in common.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/meter/meter_group.h"

// As lib/capture/slab.ts has them.
constexpr size_t slab_bytes = 4 << 20;
constexpr size_t slab_records = 32768;

// Drops the rows that meters have put out. Gives how many there were.
inline uint64_t drain(nfstream::MeterGroup& meters) {
  const uint64_t rows = meters.output().rows();
  meters.output().clear();
  return rows;
}
