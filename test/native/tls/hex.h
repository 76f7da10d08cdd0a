// Bytes to and from hex.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tls/byte_reader.h"

namespace nfstream::test {

inline std::vector<uint8_t> from_hex(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

template <typename Bytes>
std::string to_hex(const Bytes& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes) hex += {digits[byte >> 4], digits[byte & 15]};
  return hex;
}

inline tls::Span span(const std::vector<uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }
inline tls::Span span(const std::string& bytes) { return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}; }

}  // namespace nfstream::test
