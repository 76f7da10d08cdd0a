#include "engine/tls/ghash.h"

#include <cstring>

namespace nfstream::tls {

namespace {

constexpr size_t block_size = 16;

// A number of GF(2^128). Its coefficients begin at the highest bit.
struct Element {
  uint64_t high = 0;
  uint64_t low = 0;

  void add(const Element& other) {
    high ^= other.high;
    low ^= other.low;
  }
  // Times x: what leaves at the end comes back as 1 + x + x^2 + x^7.
  Element times_x() const { return {high >> 1 ^ (low & 1) * 0xe100000000000000u, low >> 1 ^ high << 63}; }
};

class Hash {
 public:
  explicit Hash(const std::array<uint8_t, block_size>& key) {
    // products_[8] is the key itself, since the highest of four bits is the first coefficient.
    Element power = element({key.data(), key.size()});
    for (size_t bit = 8; bit > 0; bit >>= 1) {
      products_[bit] = power;
      power = power.times_x();
    }
    for (size_t i = 2; i < 16; i++) {
      const size_t lowest = i & (~i + 1);
      if (i == lowest) continue;
      products_[i] = products_[i ^ lowest];
      products_[i].add(products_[lowest]);
    }
    // What four coefficients come back as when they leave at the end.
    for (size_t i = 0; i < 16; i++) {
      Element left{0, i};
      for (int step = 0; step < 4; step++) left = left.times_x();
      returns_[i] = left.high;
    }
  }

  void add(Span bytes) {
    for (size_t at = 0; at < bytes.size; at += block_size) add_block(element(bytes.from(at).first(block_size)));
  }
  void add_block(const Element& block) {
    sum_.add(block);
    Element result;
    for (uint64_t half : {sum_.low, sum_.high}) {
      for (size_t digit = 0; digit < 16; digit++, half >>= 4) {
        const uint64_t left = result.low & 15;
        const Element& product = products_[half & 15];
        result.low = (result.low >> 4 | result.high << 60) ^ product.low;
        result.high = result.high >> 4 ^ returns_[left] ^ product.high;
      }
    }
    sum_ = result;
  }
  const Element& sum() const { return sum_; }

 private:
  static Element element(Span bytes) {
    Element made;
    uint8_t whole[block_size] = {};
    if (bytes.size > 0) std::memcpy(whole, bytes.data, bytes.size);
    ByteReader reader({whole, sizeof whole});
    made.high = reader.number(8);
    made.low = reader.number(8);
    return made;
  }

  Element products_[16];
  uint64_t returns_[16];
  Element sum_;
};

}  // namespace

std::array<uint8_t, 16> ghash(const std::array<uint8_t, 16>& key, Span additional, Span text) {
  static const Ghash instructions = ghash_instructions();
  return (instructions == nullptr ? ghash_portably : instructions)(key, additional, text);
}

std::array<uint8_t, 16> ghash_portably(const std::array<uint8_t, 16>& key, Span additional, Span text) {
  Hash hash(key);
  hash.add(additional);
  hash.add(text);
  hash.add_block({uint64_t{additional.size} * 8, uint64_t{text.size} * 8});
  std::array<uint8_t, block_size> bytes;
  for (size_t i = 0; i < block_size; i++) bytes[i] = static_cast<uint8_t>((i < 8 ? hash.sum().high : hash.sum().low) >> (56 - 8 * (i % 8)));
  return bytes;
}

}  // namespace nfstream::tls
