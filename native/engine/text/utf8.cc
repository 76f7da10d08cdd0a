#include "engine/text/utf8.h"

#include <cstdint>

namespace nfstream {

namespace {

// Bytes of the character that begins at `at`, 0 when none does; then `bad` is how many bytes to replace by one U+FFFD.
size_t character_length(const uint8_t* at, size_t left, size_t& bad) {
  const uint8_t lead = at[0];
  bad = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte's range excludes over-long forms, surrogates and what lies beyond U+10FFFF.
  uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (size_t i = 1; i < length; i++) {
    if (i >= left || at[i] < low || at[i] > high) {
      bad = i;
      return 0;
    }
    low = 0x80;
    high = 0xbf;
  }
  return length;
}

}  // namespace

void append_utf8(std::string& out, const char* bytes, size_t size, size_t limit) {
  const uint8_t* at = reinterpret_cast<const uint8_t*>(bytes);
  size_t left = size;
  // Nearly every text is ASCII from end to end.
  size_t ascii = 0;
  while (ascii < size && at[ascii] < 0x80) ascii++;
  if (ascii == size && size <= limit) {
    out.append(bytes, size);
    return;
  }
  while (left > 0) {
    size_t bad;
    const size_t length = character_length(at, left, bad);
    if (length > 0) {
      if (length > limit) return;
      out.append(reinterpret_cast<const char*>(at), length);
    } else {
      if (limit < 3) return;
      out.append("\xef\xbf\xbd");
    }
    limit -= length > 0 ? length : 3;
    const size_t used = length > 0 ? length : bad;
    at += used;
    left -= used;
  }
}

}  // namespace nfstream
