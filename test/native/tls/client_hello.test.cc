#include "engine/tls/client_hello.h"

#include <doctest/doctest.h>

#include <memory>

#include "dissect/packet_bytes.h"
#include "tls/hex.h"

using namespace nfstream::tls;
using namespace nfstream::test;

namespace {

Bytes extension(uint16_t type, const Bytes& body) { return be16(type) + sized16(body); }
Bytes host(const Bytes& name, unsigned type = 0) { return be8(type) + sized16(name); }

// In memory of its own size, so that a sanitizer sees a read beyond its end.
ClientHello parsed(const Bytes& extensions) {
  const Bytes body = be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(be16(0x1301)) + sized8(be8(0)) + sized16(extensions);
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[body.size()]);
  std::copy(body.begin(), body.end(), exact.get());
  ClientHello hello;
  CHECK(parse_client_hello({exact.get(), body.size()}, false, hello));
  return hello;
}

}  // namespace

TEST_CASE("the server's name") {
  const struct {
    Bytes body;
    Bytes name;
  } cases[] = {
      {sized16(host("www.example.org")), "www.example.org"},
      {sized16(host("WWW.Example.ORG-[")), "www.example.org-["},
      {sized16(host("other", 7) + host("www.example.org")), "www.example.org"},
      {sized16(host("") + host("second.example")), "second.example"},
      {sized16(host("first.example") + host("second.example")), "first.example"},
      {sized16(host(Bytes("nul\0inside", 10))), "nul"},
      {sized16(host(Bytes("\0", 1))), ""},
      {sized16(host("\xff\xfe.example")), "\xff\xfe.example"},
      {sized16(host("other", 7)), ""},
      {sized16(""), ""},
      {"", ""},
      {be16(100) + host("beyond"), ""},
      {sized16(be8(0) + be16(100) + "beyond"), ""},
      {sized16(host("a.example")).substr(0, 6), ""},
  };
  for (const auto& one : cases) {
    CAPTURE(to_hex(one.body));
    CHECK(parsed(extension(0, one.body)).server_name == one.name);
  }
  CHECK(parsed("").server_name == "");
}

TEST_CASE("the protocols that are offered, and the first of them") {
  const struct {
    Bytes body;
    Bytes all;
    Bytes first;
  } cases[] = {
      {sized16(sized8("h2") + sized8("http/1.1")), "h2,http/1.1", "h2"},
      {sized16(sized8("h3")), "h3", "h3"},
      {sized16(sized8("") + sized8("h2")), ",h2", ""},
      {sized16(sized8("h2") + be8(9) + "beyond"), "h2", "h2"},
      {sized16(""), "", ""},
      {"", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(to_hex(one.body));
    const ClientHello hello = parsed(extension(16, one.body));
    CHECK(hello.alpn == one.all);
    CHECK(hello.first_alpn == one.first);
  }
}

TEST_CASE("versions have names") {
  const struct {
    uint16_t version;
    const char* name;
  } cases[] = {{0x0300, "SSLv3"},    {0x0301, "TLSv1"},    {0x0302, "TLSv1.1"},  {0x0303, "TLSv1.2"}, {0x0304, "TLSv1.3"},
               {0xfeff, "DTLSv1.0"}, {0xfefd, "DTLSv1.2"}, {0xfefc, "DTLSv1.3"}, {0x0305, ""},        {0, ""}};
  for (const auto& one : cases) CHECK(version_name(one.version) == one.name);
}
