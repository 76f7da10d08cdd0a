// The variants of a capture: whole, cut after each tenth, and with bytes changed at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace nfstream::fuzz {

using Bytes = std::vector<uint8_t>;
using Random = std::mt19937_64;

// What is changed at random: the capture's bytes; the packets' bytes, so that the file stays readable; or the decoded records, as a
// program between two stages could.
enum class Flips { none, capture, packets, records };

struct Variant {
  std::string name;
  Bytes bytes;
  Flips flips = Flips::none;
};

inline void change(uint8_t& byte, Random& random) { byte = static_cast<uint8_t>(random() % 2 == 0 ? random() : byte ^ 1u << random() % 8); }

// Changes up to one byte in a hundred, most often few: damage to most packets hides what one damaged packet does.
inline Bytes flipped(Bytes bytes, Random& random) {
  if (bytes.empty()) return bytes;
  const size_t most = 1 + bytes.size() / (random() % 2 == 0 ? 100 : 2000);
  for (size_t flips = 1 + random() % most; flips > 0; --flips) change(bytes[random() % bytes.size()], random);
  return bytes;
}

constexpr unsigned fixed_variants = 10;

// Variant `number` of a capture: 0 is the whole one, 1 to 9 are the cuts, the others are changed at random.
inline Variant variant_of(const Bytes& capture, unsigned number, Random& random) {
  if (number == 0) return {"whole", capture};
  if (number < fixed_variants) {
    const auto end = capture.begin() + static_cast<std::ptrdiff_t>(capture.size() * number / 10);
    return {"cut after " + std::to_string(number) + "/10", Bytes(capture.begin(), end)};
  }
  switch (number % 3) {
    case 0: return {"capture flipped " + std::to_string(number), flipped(capture, random), Flips::capture};
    case 1: return {"records flipped " + std::to_string(number), capture, Flips::records};
    default: return {"packets flipped " + std::to_string(number), capture, Flips::packets};
  }
}

}  // namespace nfstream::fuzz
