// The exports of the nDPI module. No nDPI header is needed to use them.
#pragma once

#include <cstddef>
#include <string>

#include "engine/dissect/dissector.h"

#define NFSTREAM_EXPORT extern "C" __attribute__((visibility("default")))

NFSTREAM_EXPORT int nfstream_dissector_abi();
// The release of the library that is loaded, as it calls itself.
NFSTREAM_EXPORT const char* nfstream_dissector_version();
NFSTREAM_EXPORT nfstream::Dissector* nfstream_dissector_create(const nfstream::DissectorOptions& options, char* error, size_t error_size);
NFSTREAM_EXPORT void nfstream_dissector_destroy(nfstream::Dissector* dissector);

namespace nfstream::ndpi {

// What must be equal in the headers that the module was built with and in the library that it runs with.
struct LibraryLayout {
  size_t flow_size;
  unsigned api_version;
};

// Empty when both fit, else a sentence that says what differs.
std::string layout_mismatch(const LibraryLayout& built, const LibraryLayout& loaded);

// nfstream's code of a confidence by nDPI's name of it: 0 to 7 as listed there, 100 for aggressive DPI, 101 for a custom rule,
// 199 for a name that is newer than this table.
uint8_t confidence_code(const char* name);

// Whether nDPI looked into the flow for its label: then its union holds what belongs to the label.
bool by_dissection(uint8_t confidence);

}  // namespace nfstream::ndpi
