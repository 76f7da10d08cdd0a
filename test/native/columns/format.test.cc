#include "engine/columns/format.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace nfstream;

TEST_CASE("addresses are printed as RFC 5952 says") {
  const char* const addresses[] = {"0.0.0.0",     "255.255.255.255",      "10.0.200.3",    "::",         "::1",
                                   "2001:db8::1", "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:1", "2001:db8::", "::ffff:192.0.2.1"};
  for (const char* address : addresses) {
    const bool v6 = std::string(address).find(':') != std::string::npos;
    uint8_t bytes[16];
    REQUIRE(inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) == 1);
    std::string out;
    append_ip(out, bytes, v6 ? 6 : 4);
    CHECK(out == address);
  }
}

TEST_CASE("IPv6 addresses are printed as the C library does") {
  std::mt19937 random(6);
  for (int i = 0; i < 200000; i++) {
    uint8_t bytes[16];
    // Groups of zeros in every place, and of every number of digits.
    const unsigned zeros = random(), small = random();
    for (int group = 0; group < 8; group++) {
      const unsigned value = zeros >> group & 1 ? 0 : random() >> (small >> 4 * group & 15) & 0xffff;
      bytes[2 * group] = static_cast<uint8_t>(value >> 8);
      bytes[2 * group + 1] = static_cast<uint8_t>(value);
    }
    if (i % 16 == 0) std::fill(bytes, bytes + 10, 0);
    if (i % 32 == 0) std::fill(bytes + 10, bytes + 12, i % 64 == 0 ? 0xff : 0);
    char expected[INET6_ADDRSTRLEN];
    REQUIRE(inet_ntop(AF_INET6, bytes, expected, sizeof expected) != nullptr);
    std::string out;
    append_ip(out, bytes, 6);
    REQUIRE(out == expected);
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

TEST_CASE("points in time are printed as RFC 3339 says") {
  const struct {
    int64_t ns;
    TimeUnit unit;
    const char* text;
  } cases[] = {
      {0, TimeUnit::ms, "1970-01-01T00:00:00.000Z"},
      {951782399999999999, TimeUnit::ns, "2000-02-28T23:59:59.999999999Z"},
      {951782400000000000, TimeUnit::us, "2000-02-29T00:00:00.000000Z"},
      {951868800000000000, TimeUnit::ms, "2000-03-01T00:00:00.000Z"},
      {4107542400000000000, TimeUnit::ms, "2100-03-01T00:00:00.000Z"},
      {1735689599999999999, TimeUnit::ms, "2024-12-31T23:59:59.999Z"},
      {-1000000, TimeUnit::ms, "1969-12-31T23:59:59.999Z"},
      {INT64_MAX, TimeUnit::ns, "2262-04-11T23:47:16.854775807Z"},
      {INT64_MIN, TimeUnit::ns, "1677-09-21T00:12:43.145224192Z"},
  };
  for (const auto& one : cases) {
    std::string out;
    append_iso(out, one.ns, one.unit);
    CHECK(out == one.text);
  }
}
