// The nDPI of the programs of this folder.
#pragma once

#include <cstdio>
#include <memory>

#include "engine/columns/column_table.h"
#include "engine/dissect/ndpi/ndpi_dissector.h"
#include "engine/meter/meter_group.h"

struct DestroyDissector {
  void operator()(nfstream::Dissector* dissector) const { nfstream_dissector_destroy(dissector); }
};
using DissectorHandle = std::unique_ptr<nfstream::Dissector, DestroyDissector>;

// Null where none is wanted; where none can be made, it says why.
inline DissectorHandle make_dissector(const nfstream::MeterOptions& options) {
  if (options.dissections == 0) return nullptr;
  char error[512] = "";
  nfstream::DissectorOptions needed;
  needed.facts = nfstream::facts_of(options.columns);
  DissectorHandle made(nfstream_dissector_create(needed, error, sizeof error));
  if (made == nullptr) std::fprintf(stderr, "%s\n", error);
  return made;
}
