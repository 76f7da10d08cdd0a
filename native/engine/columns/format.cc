#include "engine/columns/format.h"

#include <arpa/inet.h>

namespace nfstream {

namespace {

void append_byte(std::string& out, uint8_t value) {
  if (value >= 100) out.push_back(static_cast<char>('0' + value / 100));
  if (value >= 10) out.push_back(static_cast<char>('0' + value / 10 % 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

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

void append_ip(std::string& out, const uint8_t* address, uint8_t ip_version) {
  if (ip_version == 4) {
    for (int i = 0; i < 4; i++) {
      if (i > 0) out.push_back('.');
      append_byte(out, address[i]);
    }
    return;
  }
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(AF_INET6, address, text, sizeof text) != nullptr) out.append(text);
}

void append_mac(std::string& out, const uint8_t* mac, size_t bytes) {
  constexpr char hex[] = "0123456789abcdef";
  for (size_t i = 0; i < bytes; i++) {
    if (i > 0) out.push_back(':');
    out.push_back(hex[mac[i] >> 4]);
    out.push_back(hex[mac[i] & 15]);
  }
}

void append_utf8(std::string& out, const char* bytes, size_t size, size_t limit) {
  const uint8_t* at = reinterpret_cast<const uint8_t*>(bytes);
  size_t left = size;
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
