#include <doctest/doctest.h>

#include "engine/tls/aes128.h"
#include "engine/tls/ghash.h"
#include "engine/tls/key_derivation.h"
#include "tls/hex.h"

using namespace nfstream::tls;
using namespace nfstream::test;
using nfstream::Sha256Digest;

namespace {

Sha256Digest sum(const std::string& text) { return nfstream::sha256(reinterpret_cast<const uint8_t*>(text.data()), text.size()); }

}  // namespace

TEST_CASE("SHA-256: the examples of FIPS 180-4, and every length around a block") {
  CHECK(to_hex(sum(std::string("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sum(std::string())) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sum(std::string("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sum(std::string(1000000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const struct {
    size_t size;
    const char* begins;
  } cases[] = {{55, "9f4390f8"}, {56, "b35439a4"}, {63, "7d3e74a0"}, {64, "ffe054fe"}, {65, "635361c4"}};
  for (const auto& one : cases) {
    CAPTURE(one.size);
    CHECK(to_hex(sum(std::string(one.size, 'a'))).substr(0, 8) == one.begins);
  }
}

TEST_CASE("HMAC-SHA-256: test cases 1, 2 and 6 of RFC 4231") {
  const auto mac = [](const std::string& key, const std::string& text) { return to_hex(HmacSha256(span(key)).of(span(text))); };
  CHECK(mac(std::string(20, '\x0b'), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(mac("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("the keys of RFC 9001, A.1") {
  const auto salt = from_hex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
  const HmacSha256 initial(HmacSha256(span(salt)).of(span(from_hex("8394c8f03e515708"))));
  const Sha256Digest client_secret = expand_label(initial, "client in", 32);
  const HmacSha256 client(client_secret);
  CHECK(to_hex(client_secret) == "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
  CHECK(to_hex(expand_label(client, "quic key", 16)).substr(0, 32) == "1f369613dd76d5467730efcbe3b1a22d");
  CHECK(to_hex(expand_label(client, "quic iv", 12)).substr(0, 24) == "fa044b2f42a3fd3b46fb255c");
  CHECK(to_hex(expand_label(client, "quic hp", 16)).substr(0, 32) == "9f50449e04a0e810283a1e9933adedd2");
}

TEST_CASE("AES-128: the examples of FIPS 197, B and C.1") {
  const struct {
    const char* key;
    const char* plain;
    const char* encrypted;
  } cases[] = {
      {"2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"},
      {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"},
  };
  for (const auto& one : cases) {
    Aes128::Block block;
    const auto plain = from_hex(one.plain);
    std::copy(plain.begin(), plain.end(), block.begin());
    CHECK(to_hex(Aes128(from_hex(one.key).data()).encrypt(block)) == one.encrypted);
  }
}

TEST_CASE("GCM: test cases 1 to 4 of its submission to NIST, and every byte changed") {
  const struct {
    const char* key;
    const char* nonce;
    const char* additional;
    const char* plain;
    const char* sealed;
  } cases[] = {
      {"00000000000000000000000000000000", "000000000000000000000000", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
      {"00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
       "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
      {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
       "4d5c2af327cd64a62cf35abd2ba6fab4"},
      {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
       "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
       "5bc94fbc3221a5db94fae95ae7121a47"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.sealed);
    const Aes128 cipher(from_hex(one.key).data());
    std::array<uint8_t, 12> nonce;
    const auto bytes = from_hex(one.nonce);
    std::copy(bytes.begin(), bytes.end(), nonce.begin());
    const auto additional = from_hex(one.additional);
    auto sealed = from_hex(one.sealed);
    std::vector<uint8_t> opened;
    CHECK(cipher.open_gcm(nonce, span(additional), span(sealed), opened));
    CHECK(to_hex(opened) == one.plain);
    for (uint8_t& byte : sealed) {
      byte ^= 1;
      CHECK_FALSE(cipher.open_gcm(nonce, span(additional), span(sealed), opened));
      byte ^= 1;
    }
    for (size_t size = 0; size < sealed.size(); size++) {
      const std::vector<uint8_t> cut(sealed.begin(), sealed.begin() + static_cast<long>(size));
      CHECK_FALSE(cipher.open_gcm(nonce, span(additional), span(cut), opened));
    }
  }
}

TEST_CASE("GCM: a packet of 300 blocks, whose counter passes a byte") {
  // Opening zeros gives the key stream, which must not repeat.
  const Aes128 cipher(from_hex("000102030405060708090a0b0c0d0e0f").data());
  std::vector<uint8_t> zeros(4800 + 16);
  const std::array<uint8_t, 12> nonce{};
  std::vector<uint8_t> opened;
  const auto hash = ghash(cipher.encrypt({}), {}, {zeros.data(), 4800});
  Aes128::Block counter{};
  counter[15] = 1;
  const auto mask = cipher.encrypt(counter);
  for (size_t i = 0; i < 16; i++) zeros[4800 + i] = hash[i] ^ mask[i];
  REQUIRE(cipher.open_gcm(nonce, {}, span(zeros), opened));
  counter[15] = 2;
  CHECK(to_hex(cipher.encrypt(counter)) == to_hex(std::vector<uint8_t>(opened.begin(), opened.begin() + 16)));
  counter[14] = 1;
  counter[15] = 1;  // block 255
  CHECK(to_hex(cipher.encrypt(counter)) == to_hex(std::vector<uint8_t>(opened.begin() + 255 * 16, opened.begin() + 256 * 16)));
}
