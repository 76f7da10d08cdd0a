#include "engine/tls/ja4.h"

#include <doctest/doctest.h>

using namespace nfstream::tls;

namespace {

// The hello of the specification, in the order in which it is sent there.
ClientHello example() {
  ClientHello hello;
  hello.version = 0x0303;
  hello.versions = {0x0304, 0x0303};
  hello.ciphers = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  hello.extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015};
  hello.signatures = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  hello.first_alpn = "h2";
  return hello;
}

std::string part(const std::string& fingerprint, size_t number) {
  for (; number > 0; number--) return part(fingerprint.substr(fingerprint.find('_') + 1), number - 1);
  return fingerprint.substr(0, fingerprint.find('_'));
}

}  // namespace

TEST_CASE("JA4: the specification's example") {
  CHECK(ja4(example(), Transport::tcp) == "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK(ja4(example(), Transport::quic) == "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST_CASE("JA4: without signature algorithms the list of extensions ends without an underscore") {
  ClientHello hello = example();
  hello.signatures.clear();
  CHECK(ja4(hello, Transport::tcp) == "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST_CASE("JA4: lists that are empty") {
  ClientHello hello;
  hello.version = 0x0300;
  CHECK(ja4(hello, Transport::tcp) == "ts3i000000_000000000000_000000000000");
  hello.extensions = {0, 16};
  CHECK(ja4(hello, Transport::tcp) == "ts3d000200_000000000000_000000000000");
}

TEST_CASE("JA4: versions") {
  const struct {
    uint16_t version;
    std::vector<uint16_t> versions;
    const char* code;
  } cases[] = {
      {0x0303, {}, "12"},       {0x0302, {}, "11"},       {0x0301, {}, "10"},       {0x0300, {}, "s3"}, {0x0002, {}, "s2"},
      {0xfeff, {}, "d1"},       {0xfefd, {}, "d2"},       {0xfefc, {}, "d3"},       {0x1234, {}, "00"}, {0x0303, {0x0303, 0x0304}, "13"},
      {0x0303, {0x0302}, "11"}, {0x0303, {0x7f1c}, "00"}, {0xfefd, {0xfefc}, "d3"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.version);
    ClientHello hello;
    hello.version = one.version;
    hello.versions = one.versions;
    CHECK(ja4(hello, Transport::tcp).substr(1, 2) == one.code);
  }
}

TEST_CASE("JA4: ends of the first protocol") {
  const struct {
    std::string protocol;
    const char* ends;
  } cases[] = {
      {"", "00"},
      {"h2", "h2"},
      {"http/1.1", "h1"},
      {"x", "xx"},
      {"\xab", "ab"},
      {"\xab\xcd", "ad"},
      {"0\xab", "3b"},
      {"01\xab\xcd", "3d"},
      {"0\xab\xcd"
       "1",
       "01"},
      {"h-", "6d"},
      {"Zz9", "Z9"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.protocol);
    ClientHello hello;
    hello.first_alpn = one.protocol;
    CHECK(ja4(hello, Transport::tcp).substr(8, 2) == one.ends);
  }
}

TEST_CASE("JA4: no count is above 99") {
  ClientHello hello;
  hello.ciphers.assign(250, 0x1301);
  hello.extensions.assign(100, 0x0005);
  CHECK(part(ja4(hello, Transport::tcp), 0) == "t00i999900");
  hello.ciphers.resize(9);
  hello.extensions.resize(99);
  CHECK(part(ja4(hello, Transport::tcp), 0) == "t00i099900");
}
