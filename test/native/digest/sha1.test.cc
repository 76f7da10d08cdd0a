#include "engine/digest/sha1.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/columns/format.h"

using namespace nfstream;

TEST_CASE("SHA-1 of the messages of RFC 3174 and FIPS 180, and around the ends of a block") {
  const struct {
    std::string message;
    const char* digest;
  } cases[] = {
      {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {std::string(1000000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
      {std::string(55, 'a'), "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
      {std::string(56, 'a'), "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
      {std::string(64, 'a'), "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
  };
  for (const auto& one : cases) {
    const Sha1Digest digest = sha1(reinterpret_cast<const uint8_t*>(one.message.data()), one.message.size());
    std::string hex;
    append_hex(hex, digest.data(), digest.size());
    CHECK(hex == one.digest);
  }
}
