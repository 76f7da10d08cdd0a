// Small functions of nDPI's that it calls tens of times for a packet, as any library's: it finds these, which do the same with a fraction of the
// instructions. The first is of all releases 4.x, the others of 4.2; docs/ndpi.md has what they bring.
#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/digest/sha1.h"
#include "engine/dissect/ndpi/ndpi_dispatch.h"

#if !NFSTREAM_NDPI_AT(5, 0)

namespace {

// Volatile, so that each is read as wide as the caller wrote it a moment ago: wider reads, as compilers like to make of several, wait for the writes.
using Word [[gnu::may_alias, gnu::aligned(4)]] = volatile uint64_t;
static_assert(sizeof(NDPI_PROTOCOL_BITMASK) % sizeof(Word) == 0 && alignof(NDPI_PROTOCOL_BITMASK) % alignof(Word) == 0, "a mask is whole words");

uint64_t word_of(const NDPI_PROTOCOL_BITMASK& mask, size_t index) { return reinterpret_cast<const Word*>(&mask)[index]; }

}  // namespace

// Whether two masks have a protocol in common.
extern "C" __attribute__((visibility("default"))) int NDPI_BITMASK_COMPARE(NDPI_PROTOCOL_BITMASK a, NDPI_PROTOCOL_BITMASK b) {
  uint64_t common = 0;
  for (size_t i = 0; i < sizeof a / sizeof(Word); i++) common |= word_of(a, i) & word_of(b, i);
  return common != 0 ? 1 : 0;
}

#endif

#if NFSTREAM_NDPI_IS_OPEN

namespace {

using Module = ndpi_detection_module_struct;
using Flow = ndpi_flow_struct;

bool has_line_end(const uint8_t* text, size_t size) {
  const uint8_t* end = text + size;
  while (const auto* found = static_cast<const uint8_t*>(std::memchr(text, '\r', static_cast<size_t>(end - text)))) {
    text = found + 1;
    if (text < end && *text == '\n') return true;
  }
  return false;
}

}  // namespace

// Whether a payload begins with a text: the dissector for FTP asks for 110 of them.
extern "C" __attribute__((visibility("default"))) int ndpi_match_prefix(const uint8_t* payload, size_t payload_size, const char* text, size_t size) {
  if (size == 0) return 1;
  return size <= payload_size && payload[0] == static_cast<uint8_t>(text[0]) && std::memcmp(payload, text, size) == 0 ? 1 : 0;
}

// Most dissectors that see a flow's first packet end so.
extern "C" __attribute__((visibility("default"))) void ndpi_exclude_protocol(Module*, Flow* flow, uint16_t protocol, const char*, const char*, int) {
  if (protocol < NDPI_MAX_SUPPORTED_PROTOCOLS + NDPI_MAX_NUM_CUSTOM_PROTOCOLS) NDPI_ADD_PROTOCOL_TO_BITMASK(flow->excluded_protocol_bitmask, protocol);
}

// The first place of a text among so many bytes, of which none behind a 0 count.
extern "C" __attribute__((visibility("default"))) char* ndpi_strnstr(const char* bytes, const char* text, size_t count) {
  const size_t size = std::strlen(text);
  if (size == 0) return const_cast<char*>(bytes);
  if (count == 0) return nullptr;  // there may be no bytes at all
  const char* end = bytes + strnlen(bytes, count);
  while (static_cast<size_t>(end - bytes) >= size) {
    const auto* found = static_cast<const char*>(std::memchr(bytes, text[0], static_cast<size_t>(end - bytes) - size + 1));
    if (found == nullptr) return nullptr;
    if (std::memcmp(found, text, size) == 0) return const_cast<char*>(found);
    bytes = found + 1;
  }
  return nullptr;
}

// Adds 64 bytes to a SHA-1: of each certificate that nDPI sees it tells the digest.
extern "C" __attribute__((visibility("default"))) void SHA1Transform(uint32_t state[5], const uint8_t block[64]) {
  nfstream::Sha1State numbers;
  std::memcpy(numbers.data(), state, sizeof numbers);
  nfstream::sha1_add_block(numbers, block);
  std::memcpy(state, numbers.data(), sizeof numbers);
}

// Finds the lines of a payload. nDPI looks for them byte by byte, in what is encrypted as well; where there are none, it has the least to look at.
extern "C" __attribute__((visibility("default"))) void ndpi_parse_packet_line_info(Module* module, Flow* flow) {
  static const auto own = reinterpret_cast<void (*)(Module*, Flow*)>(dlsym(RTLD_NEXT, "ndpi_parse_packet_line_info"));
  if (nfstream::ndpi::in_use<const nfstream::ndpi::Dispatch> == nullptr) return own(module, flow);  // the module may be laid out in another way
  constexpr uint16_t least = 3;
  ndpi_packet_struct& packet = module->packet;
  const uint16_t size = packet.payload_packet_len;
  if (packet.packet_lines_parsed_complete != 0) return;
  const bool short_cut = size > least && packet.payload != nullptr && !has_line_end(packet.payload, size);
  if (short_cut) packet.payload_packet_len = least;
  own(module, flow);
  packet.payload_packet_len = size;
}

#endif
