#include "engine/tls/aes128.h"

#include <cstring>

#include "engine/tls/ghash.h"

namespace nfstream::tls {

namespace {

constexpr unsigned rounds = 10;

constexpr uint8_t twice(uint8_t value) { return static_cast<uint8_t>(value << 1 ^ (value >> 7) * 0x1b); }
constexpr uint8_t turned(uint8_t value, unsigned bits) { return static_cast<uint8_t>(value << bits | value >> (8 - bits)); }
constexpr uint32_t turned_right(uint32_t value, unsigned bits) { return value >> bits | value << (32 - bits); }

// The substitution of each byte, and its products with the first column of the matrix that mixes columns.
struct Tables {
  uint8_t substitute[256];
  uint32_t mixed[256];
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
    tables.mixed[i] = uint32_t{twice(value)} << 24 | uint32_t{value} << 16 | uint32_t{value} << 8 | uint32_t{static_cast<uint8_t>(twice(value) ^ value)};
  }
  return tables;
}

constexpr Tables tables = make_tables();

uint32_t substituted(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  const auto one = [](uint32_t value) { return uint32_t{tables.substitute[value & 0xff]}; };
  return one(a >> 24) << 24 | one(b >> 16) << 16 | one(c >> 8) << 8 | one(d);
}

uint32_t word_at(const uint8_t* bytes) { return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3]; }

}  // namespace

Aes128::Aes128(const uint8_t* key) {
  for (size_t i = 0; i < 4; i++) round_keys_[i] = word_at(key + 4 * i);
  uint8_t constant = 1;
  for (size_t i = 4; i < 44; i++) {
    uint32_t last = round_keys_[i - 1];
    if (i % 4 == 0) {
      last = turned_right(last, 24);
      last = substituted(last, last, last, last) ^ uint32_t{constant} << 24;
      constant = twice(constant);
    }
    round_keys_[i] = round_keys_[i - 4] ^ last;
  }
}

Aes128::Block Aes128::encrypt(const Block& block) const {
  uint32_t columns[4];
  for (size_t i = 0; i < 4; i++) columns[i] = word_at(&block[4 * i]) ^ round_keys_[i];
  for (unsigned round = 1; round <= rounds; round++) {
    uint32_t next[4];
    for (size_t i = 0; i < 4; i++) {
      const uint32_t a = columns[i];
      const uint32_t b = columns[(i + 1) % 4];
      const uint32_t c = columns[(i + 2) % 4];
      const uint32_t d = columns[(i + 3) % 4];
      const auto mixed = [](uint32_t value, unsigned turn) { return turned_right(tables.mixed[value & 0xff], turn); };
      next[i] = round < rounds ? tables.mixed[a >> 24] ^ mixed(b >> 16, 8) ^ mixed(c >> 8, 16) ^ mixed(d, 24) : substituted(a, b, c, d);
      next[i] ^= round_keys_[4 * round + i];
    }
    std::memcpy(columns, next, sizeof columns);
  }
  Block encrypted;
  for (size_t i = 0; i < encrypted.size(); i++) encrypted[i] = static_cast<uint8_t>(columns[i / 4] >> (24 - 8 * (i % 4)));
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
  opened.resize(text.size);
  Block stream{};
  for (size_t i = 0; i < text.size; i++) {
    if (i % stream.size() == 0) {
      // The size was checked: the counter's last two bytes are enough.
      const size_t number = 2 + i / stream.size();
      counter[14] = static_cast<uint8_t>(number >> 8);
      counter[15] = static_cast<uint8_t>(number);
      stream = encrypt(counter);
    }
    opened[i] = text.data[i] ^ stream[i % stream.size()];
  }
  return true;
}

}  // namespace nfstream::tls
