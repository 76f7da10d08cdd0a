#include <doctest/doctest.h>

#include <arpa/inet.h>

#include <string>

#include "engine/columns/format.h"

using namespace nfstream;

TEST_CASE("addresses are printed as RFC 5952 says") {
  const char* const addresses[] = {"0.0.0.0", "255.255.255.255", "10.0.200.3", "::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1",
                                   "fe80::1:0:0:1", "2001:db8::", "::ffff:192.0.2.1"};
  for (const char* address : addresses) {
    const bool v6 = std::string(address).find(':') != std::string::npos;
    uint8_t bytes[16];
    REQUIRE(inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) == 1);
    std::string out;
    append_ip(out, bytes, v6 ? 6 : 4);
    CHECK(out == address);
  }
}

TEST_CASE("hardware addresses are lower-case hex with colons") {
  const uint8_t mac[] = {0x00, 0x1b, 0xff, 0x0a, 0x90, 0x01};
  std::string out;
  append_mac(out, mac, 6);
  out += ' ';
  append_mac(out, mac, 3);
  CHECK(out == "00:1b:ff:0a:90:01 00:1b:ff");
}

TEST_CASE("bytes from the network become valid UTF-8") {
  const struct {
    std::string bytes, text;
  } cases[] = {
      {"", ""},
      {"plain.example", "plain.example"},
      {"caf\xc3\xa9", "caf\xc3\xa9"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"a\xffz", "a\xef\xbf\xbdz"},
      {"\xc3", "\xef\xbf\xbd"},
      {"\xc3(", "\xef\xbf\xbd("},
      {"\xf0\x9f\x98", "\xef\xbf\xbd"},                                        // one maximal part, one replacement
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                // over-long
      {"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                // over-long
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                // a surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // beyond U+10FFFF
      {"\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const auto& one : cases) {
    std::string out;
    append_utf8(out, one.bytes.data(), one.bytes.size(), 765);
    CHECK(out == one.text);
  }
}

TEST_CASE("a limit never cuts a character") {
  std::string out;
  append_utf8(out, "ab\xc3\xa9z", 5, 3);
  CHECK(out == "ab");
  out.clear();
  append_utf8(out, "ab\xff", 3, 4);
  CHECK(out == "ab");
}
