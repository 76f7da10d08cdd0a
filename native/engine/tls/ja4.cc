#include "engine/tls/ja4.h"

#include <algorithm>

#include "engine/digest/sha256.h"

namespace nfstream::tls {

namespace {

constexpr uint16_t server_name = 0;
constexpr uint16_t alpn = 16;
constexpr char hex[] = "0123456789abcdef";

const char* version_code(uint16_t version) {
  switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    case 0xfeff: return "d1";
    case 0xfefd: return "d2";
    case 0xfefc: return "d3";
    default: return "00";
  }
}

// Two digits, at most 99.
std::string count(size_t number) {
  const size_t shown = std::min<size_t>(number, 99);
  return {static_cast<char>('0' + shown / 10), static_cast<char>('0' + shown % 10)};
}

bool is_alphanumeric(char letter) { return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'); }

// First and last character of the first protocol, or of its bytes in hex.
std::string ends(const std::string& protocol) {
  if (protocol.empty()) return "00";
  if (is_alphanumeric(protocol.front()) && is_alphanumeric(protocol.back())) return {protocol.front(), protocol.back()};
  return {hex[static_cast<uint8_t>(protocol.front()) >> 4], hex[static_cast<uint8_t>(protocol.back()) & 15]};
}

std::string list(const std::vector<uint16_t>& values) {
  std::string text;
  text.reserve(5 * values.size());
  for (const uint16_t value : values) {
    if (!text.empty()) text += ',';
    for (int shift = 12; shift >= 0; shift -= 4) text += hex[value >> shift & 15];
  }
  return text;
}

// The first twelve digits of the SHA-256; zeros for an empty list.
std::string hash12(const std::string& text) {
  if (text.empty()) return "000000000000";
  const Sha256Digest digest = sha256(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  std::string shown;
  for (size_t i = 0; i < 6; i++) {
    shown += hex[digest[i] >> 4];
    shown += hex[digest[i] & 15];
  }
  return shown;
}

std::vector<uint16_t> sorted(std::vector<uint16_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

std::string ja4(const ClientHello& hello, Transport transport) {
  const auto& versions = hello.versions;
  const uint16_t version = versions.empty() ? hello.version : *std::max_element(versions.begin(), versions.end());
  std::vector<uint16_t> extensions = sorted(hello.extensions);
  const bool named = std::binary_search(extensions.begin(), extensions.end(), server_name);
  const auto hidden = [](uint16_t type) { return type == server_name || type == alpn; };
  extensions.erase(std::remove_if(extensions.begin(), extensions.end(), hidden), extensions.end());
  std::string rest = list(extensions);
  if (!rest.empty() && !hello.signatures.empty()) rest += '_' + list(hello.signatures);
  return static_cast<char>(transport) + std::string(version_code(version)) + (named ? 'd' : 'i') + count(hello.ciphers.size()) +
         count(hello.extensions.size()) + ends(hello.first_alpn) + '_' + hash12(list(sorted(hello.ciphers))) + '_' + hash12(rest);
}

}  // namespace nfstream::tls
