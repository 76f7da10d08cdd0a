// Each way that a cipher and a digest have: the portable one, and by the processor's instructions where it has them. The rest of the tests
// take whichever the engine chooses.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/digest/sha1.h"
#include "engine/digest/sha256.h"
#include "engine/tls/aes128.h"
#include "engine/tls/ghash.h"
#include "tls/hex.h"

using namespace nfstream;
using namespace nfstream::tls;
using namespace nfstream::test;

namespace {

template <typename Function>
struct Way {
  std::string name;
  Function run;
};

template <typename Function>
std::vector<Way<Function>> ways(Function portable, Function instructions) {
  std::vector<Way<Function>> found = {{"portable", portable}};
  if (instructions == nullptr) MESSAGE("This processor has no instructions for it: only the portable way is tried.");
  else found.push_back({"instructions", instructions});
  return found;
}

class Random {
 public:
  std::vector<uint8_t> bytes(size_t size) {
    std::vector<uint8_t> made(size);
    for (uint8_t& byte : made) byte = static_cast<uint8_t>(numbers_());
    return made;
  }
  template <typename Array>
  void fill(Array& array) {
    for (auto& one : array) one = static_cast<typename Array::value_type>(numbers_());
  }

 private:
  std::mt19937 numbers_{20260101};
};

std::array<uint8_t, 16> block_of(const std::string& hex) {
  std::array<uint8_t, 16> block;
  const auto bytes = from_hex(hex);
  std::copy(bytes.begin(), bytes.end(), block.begin());
  return block;
}

}  // namespace

TEST_CASE("AES-128 by every way: FIPS 197, A.1 and B, and the portable one's blocks") {
  // The key expansion of A.1.
  const std::array<uint32_t, 44> keys = {0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c, 0xa0fafe17, 0x88542cb1, 0x23a33939, 0x2a6c7605, 0xf2c295f2,
                                         0x7a96b943, 0x5935807a, 0x7359f67f, 0x3d80477d, 0x4716fe3e, 0x1e237e44, 0x6d7a883b, 0xef44a541, 0xa8525b7f,
                                         0xb671253b, 0xdb0bad00, 0xd4d1c6f8, 0x7c839d87, 0xcaf2b8bc, 0x11f915bc, 0x6d88a37a, 0x110b3efd, 0xdbf98641,
                                         0xca0093fd, 0x4e54f70e, 0x5f5fc9f3, 0x84a64fb2, 0x4ea6dc4f, 0xead27321, 0xb58dbad2, 0x312bf560, 0x7f8d292f,
                                         0xac7766f3, 0x19fadc21, 0x28d12941, 0x575c006e, 0xd014f9a8, 0xc9ee2589, 0xe13f0cc8, 0xb6630ca6};
  for (const auto& way : ways<Aes128Blocks>(aes128_blocks_portably, aes128_instructions())) {
    CAPTURE(way.name);
    auto block = block_of("3243f6a8885a308d313198a2e0370734");
    way.run(keys.data(), block.data(), 1);
    CHECK(to_hex(block) == "3925841d02dc09fbdc118597196a0b32");
    Random random;
    std::array<uint32_t, 44> others;
    for (size_t count = 0; count < 100; count++) {
      CAPTURE(count);
      random.fill(others);
      // Behind the blocks nothing is written, and they may begin at any byte.
      auto expected = random.bytes(1 + 16 * count + 16);
      auto encrypted = expected;
      for (size_t i = 0; i < count; i++) aes128_blocks_portably(others.data(), expected.data() + 1 + 16 * i, 1);
      way.run(others.data(), encrypted.data() + 1, count);
      CHECK(encrypted == expected);
    }
  }
}

TEST_CASE("GHASH by every way: that of test cases 1 to 4 of GCM's submission to NIST, and the portable one's for all lengths around blocks") {
  const struct {
    const char* key;
    const char* additional;
    const char* text;
    const char* hash;
  } cases[] = {
      {"66e94bd4ef8a2c3b884cfa59ca342b2e", "", "", "00000000000000000000000000000000"},
      {"66e94bd4ef8a2c3b884cfa59ca342b2e", "", "0388dace60b6a392f328c2b971b2fe78", "f38cbb1ad69223dcc3457ae5b6b0f885"},
      {"b83b533708bf535d0aa6e52980d53b78", "",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
       "7f1b32b81b820d02614f8895ac1d4eac"},
      {"b83b533708bf535d0aa6e52980d53b78", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
       "698e57f70e6ecc7fd9463b7260a9ae5f"},
  };
  for (const auto& way : ways<Ghash>(ghash_portably, ghash_instructions())) {
    CAPTURE(way.name);
    for (const auto& one : cases) {
      CAPTURE(one.hash);
      CHECK(to_hex(way.run(block_of(one.key), span(from_hex(one.additional)), span(from_hex(one.text)))) == one.hash);
    }
    Random random;
    std::array<uint8_t, 16> key;
    for (size_t additional_size = 0; additional_size < 70; additional_size++) {
      for (size_t text_size :
           {size_t{0}, 3 * additional_size, size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{63}, size_t{64}, size_t{65}, size_t{1183}}) {
        CAPTURE(additional_size);
        CAPTURE(text_size);
        random.fill(key);
        const auto additional = random.bytes(additional_size);
        const auto text = random.bytes(text_size);
        CHECK(way.run(key, span(additional), span(text)) == ghash_portably(key, span(additional), span(text)));
      }
    }
    // Keys of one bit: what leaves a number at its end comes back.
    for (size_t bit = 0; bit < 128; bit++) {
      CAPTURE(bit);
      key = {};
      key[bit / 8] = static_cast<uint8_t>(0x80 >> bit % 8);
      const auto text = random.bytes(100);
      CHECK(way.run(key, {}, span(text)) == ghash_portably(key, {}, span(text)));
    }
  }
}

TEST_CASE("SHA-1 by every way: the portable one's states, whose digests other tests hold against RFC 3174") {
  for (const auto& way : ways<Sha1AddBlock>(sha1_add_block_portably, sha1_instructions())) {
    CAPTURE(way.name);
    Random random;
    Sha1State state;
    random.fill(state);
    for (size_t count = 0; count < 1000; count++) {
      CAPTURE(count);
      const auto block = random.bytes(64);
      Sha1State expected = state;
      sha1_add_block_portably(expected, block.data());
      way.run(state, block.data());
      REQUIRE(state == expected);
    }
  }
}

TEST_CASE("SHA-256 by every way: the blocks of FIPS 180-4's examples, and the portable one's states") {
  const auto padded = [](std::string text) {
    const size_t bits = text.size() * 8;
    text += '\x80';
    while (text.size() % sha256_block_size != sha256_block_size - 8) text += '\0';
    return text + std::string(6, '\0') + static_cast<char>(bits >> 8) + static_cast<char>(bits);
  };
  const struct {
    const char* text;
    Sha256State state;
  } cases[] = {
      {"abc", {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad}},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       {0x248d6a61, 0xd20638b8, 0xe5c02693, 0x0c3e6039, 0xa33ce459, 0x64ff2167, 0xf6ecedd4, 0x19db06c1}},
  };
  for (const auto& way : ways<Sha256AddBlock>(sha256_add_block_portably, sha256_instructions())) {
    CAPTURE(way.name);
    for (const auto& one : cases) {
      CAPTURE(one.text);
      const std::string text = padded(one.text);
      Sha256State state = sha256_start;
      for (size_t at = 0; at < text.size(); at += sha256_block_size) way.run(state, span(text).data + at);
      CHECK(state == one.state);
    }
    Random random;
    Sha256State expected;
    random.fill(expected);
    Sha256State state = expected;
    for (size_t i = 0; i < 1000; i++) {
      CAPTURE(i);
      const auto block = random.bytes(1 + sha256_block_size);
      sha256_add_block_portably(expected, block.data() + 1);
      way.run(state, block.data() + 1);
      REQUIRE(state == expected);
    }
  }
}
