#include "engine/tls/aes128.h"

#include <cstring>

#include "engine/digest/big_endian.h"
#include "engine/tls/ghash.h"

namespace nfstream::tls {

namespace {

constexpr unsigned rounds = 10;
constexpr size_t block_size = 16;

constexpr uint8_t twice(uint8_t value) { return static_cast<uint8_t>(value << 1 ^ (value >> 7) * 0x1b); }
constexpr uint8_t turned(uint8_t value, unsigned bits) { return static_cast<uint8_t>(value << bits | value >> (8 - bits)); }
constexpr uint32_t turned_right(uint32_t value, unsigned bits) { return value >> bits | value << (32 - bits); }

// The substitution of each byte, and its products with each column of the matrix that mixes columns.
struct Tables {
  uint8_t substitute[256];
  uint32_t mixed[4][256];
};

// A substitution is the inverse in GF(2^8), then an affine map. The powers of 3 and those of 1/3 meet every number and its inverse.
constexpr Tables make_tables() {
  Tables tables{};
  uint8_t power = 1;
  uint8_t inverse = 1;
  do {
    power = static_cast<uint8_t>(power ^ twice(power));
    inverse = static_cast<uint8_t>(inverse ^ inverse << 1);
    inverse = static_cast<uint8_t>(inverse ^ inverse << 2);
    inverse = static_cast<uint8_t>(inverse ^ inverse << 4);
    if ((inverse & 0x80) != 0) inverse ^= 0x09;
    tables.substitute[power] = static_cast<uint8_t>(inverse ^ turned(inverse, 1) ^ turned(inverse, 2) ^ turned(inverse, 3) ^ turned(inverse, 4) ^ 0x63);
  } while (power != 1);
  tables.substitute[0] = 0x63;
  for (unsigned i = 0; i < 256; i++) {
    const uint8_t value = tables.substitute[i];
    tables.mixed[0][i] = uint32_t{twice(value)} << 24 | uint32_t{value} << 16 | uint32_t{value} << 8 | uint32_t{static_cast<uint8_t>(twice(value) ^ value)};
    for (unsigned column = 1; column < 4; column++) tables.mixed[column][i] = turned_right(tables.mixed[0][i], 8 * column);
  }
  return tables;
}

constexpr Tables tables = make_tables();

uint32_t substituted(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  const auto one = [](uint32_t value) { return uint32_t{tables.substitute[value & 0xff]}; };
  return one(a >> 24) << 24 | one(b >> 16) << 16 | one(c >> 8) << 8 | one(d);
}

void encrypt_block(const uint32_t* key, uint8_t* block) {
  uint32_t a = word_at(block) ^ key[0];
  uint32_t b = word_at(block + 4) ^ key[1];
  uint32_t c = word_at(block + 8) ^ key[2];
  uint32_t d = word_at(block + 12) ^ key[3];
  for (unsigned round = 1; round < rounds; round++) {
    key += 4;
    const auto column = [&](uint32_t first, uint32_t second, uint32_t third, uint32_t fourth) {
      return tables.mixed[0][first >> 24] ^ tables.mixed[1][second >> 16 & 0xff] ^ tables.mixed[2][third >> 8 & 0xff] ^ tables.mixed[3][fourth & 0xff];
    };
    const uint32_t next[4] = {column(a, b, c, d) ^ key[0], column(b, c, d, a) ^ key[1], column(c, d, a, b) ^ key[2], column(d, a, b, c) ^ key[3]};
    a = next[0], b = next[1], c = next[2], d = next[3];
  }
  key += 4;
  put_word(block, substituted(a, b, c, d) ^ key[0]);
  put_word(block + 4, substituted(b, c, d, a) ^ key[1]);
  put_word(block + 8, substituted(c, d, a, b) ^ key[2]);
  put_word(block + 12, substituted(d, a, b, c) ^ key[3]);
}

}  // namespace

Aes128::Aes128(const uint8_t* key) {
  for (size_t i = 0; i < 4; i++) round_keys_[i] = word_at(key + 4 * i);
  uint8_t constant = 1;
  for (size_t i = 4; i < 44; i++) {
    uint32_t last = round_keys_[i - 1];
    if (i % 4 == 0) {
      last = turned_right(last, 24);
      last = substituted(last, last, last, last) ^ uint32_t { constant } << 24;
      constant = twice(constant);
    }
    round_keys_[i] = round_keys_[i - 4] ^ last;
  }
}

void aes128_blocks_portably(const uint32_t* round_keys, uint8_t* blocks, size_t count) {
  for (; count > 0; count--, blocks += block_size) encrypt_block(round_keys, blocks);
}

void Aes128::encrypt_blocks(uint8_t* blocks, size_t count) const {
  static const Aes128Blocks instructions = aes128_instructions();
  (instructions == nullptr ? aes128_blocks_portably : instructions)(round_keys_, blocks, count);
}

Aes128::Block Aes128::encrypt(const Block& block) const {
  Block encrypted = block;
  encrypt_blocks(encrypted.data(), 1);
  return encrypted;
}

bool Aes128::open_gcm(const std::array<uint8_t, 12>& nonce, Span additional, Span sealed, std::vector<uint8_t>& opened) const {
  constexpr size_t tag_size = 16;
  if (sealed.size < tag_size || sealed.size > UINT16_MAX) return false;
  const Span text = sealed.first(sealed.size - tag_size);
  Block counter{};
  std::memcpy(counter.data(), nonce.data(), nonce.size());
  counter[15] = 1;
  const Block mask = encrypt(counter);
  const Block hash = ghash(encrypt(Block{}), additional, text);
  for (size_t i = 0; i < tag_size; i++) {
    if ((hash[i] ^ mask[i]) != sealed.data[text.size + i]) return false;
  }
  // The key stream, whose blocks are counters that were encrypted, and then the text in its place.
  const size_t blocks = (text.size + block_size - 1) / block_size;
  opened.resize(blocks * block_size);
  uint8_t* bytes = opened.data();
  for (size_t i = 0; i < blocks; i++) {
    // The size was checked: the counter's last two bytes are enough.
    const size_t number = 2 + i;
    counter[14] = static_cast<uint8_t>(number >> 8);
    counter[15] = static_cast<uint8_t>(number);
    std::memcpy(bytes + block_size * i, counter.data(), block_size);
  }
  encrypt_blocks(bytes, blocks);
  for (size_t i = 0; i < text.size; i++) bytes[i] ^= text.data[i];
  opened.resize(text.size);
  return true;
}

}  // namespace nfstream::tls
