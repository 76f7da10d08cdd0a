#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "engine/ssh/hassh_search.h"
#include "ssh/exchanges.h"
#include "tls/hex.h"

using namespace nfstream::ssh;
using namespace nfstream::test;

namespace {

const OfferedAlgorithms offered_by_client = {
    "curve25519-sha256,diffie-hellman-group14-sha256", {"aes128-ctr,aes256-ctr", "aes192-ctr"}, {"hmac-sha2-256", "hmac-md5"}, {"none", "zlib"}};
const OfferedAlgorithms offered_by_server = {"curve25519-sha256", {"aes256-ctr", "aes128-ctr"}, {"hmac-sha1", "hmac-sha2-512"}, {"none", "zlib"}};

// The MD5 sums of "curve25519-sha256,diffie-hellman-group14-sha256;aes128-ctr,aes256-ctr;hmac-sha2-256;none"
// and "curve25519-sha256;aes128-ctr;hmac-sha2-512;zlib".
const std::string client_sum = "e43f5f36f5e718da5a7810ac99fa0938";
const std::string server_sum = "55e4357f75def736dd586e8eff1d2074";

const Bytes version = "SSH-2.0-OpenSSH_9.2\r\n";
const Bytes from_client = version + key_exchange(offered_by_client);
const Bytes from_server = version + key_exchange(offered_by_server);

constexpr Endpoint client = {1, 40000};
constexpr Endpoint server = {2, 22};

// In memory of its own size, so that a sanitizer sees a read beyond its end.
std::string read(const Bytes& stream, Side side = Side::client) {
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[stream.size()]);
  std::copy(stream.begin(), stream.end(), exact.get());
  nfstream::Md5Digest sum;
  switch (read_hassh({exact.get(), stream.size()}, side, sum)) {
    case Reading::found: return to_hex(sum);
    case Reading::none: return "none";
    default: return "unfinished";
  }
}

// As a flow has it: zeros to begin with; the first segment's direction is 0.
struct Search : HasshSearch {
  Search() : HasshSearch{} {}
  ~Search() { give_up(); }
  Search(const Search&) = delete;

  void segment(Endpoint from, Endpoint to, uint32_t number, const Bytes& payload, uint8_t flags = push_ack) {
    const Bytes bytes = tcp_body(from, to, number, 1, flags, payload);
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    if (first_ == 0) first_ = from.address;
    add(from.address == first_ ? 0 : 1, {exact.get(), bytes.size()});
  }
  std::string text(Side side) const { return has(side) ? to_hex(sum(side)) : ""; }

 private:
  uint32_t first_ = 0;
};

}  // namespace

TEST_CASE("HASSH of an end's stream") {
  const Bytes unread = ssh_packet(be8(2) + sized32("ignored")) + ssh_packet(be8(4) + be8(0) + sized32("debug") + sized32(""));
  const struct {
    Bytes stream;
    Side side;
    std::string sum;
  } cases[] = {
      {from_client, Side::client, client_sum},
      {from_server, Side::server, server_sum},
      {from_client + "what follows", Side::client, client_sum},
      {"SSH-1.99-old\n" + key_exchange(offered_by_client), Side::client, client_sum},
      {"Welcome.\r\n\r\nThis is a server.\r\n" + from_server, Side::server, server_sum},
      {version + unread + key_exchange(offered_by_client), Side::client, client_sum},
      {version + key_exchange({}), Side::client, "95420f9d932ddd22833f17b96a80bedb"},
      {"SSH-1.5-older\n" + key_exchange(offered_by_client), Side::client, "none"},
      {"SSH-3.0-newer\r\n", Side::client, "none"},
      {"GET / HTTP/1.1\r\n" + Bytes(300, 'x'), Side::client, "none"},
      {Bytes(256, 'x'), Side::client, "none"},
      {"SSH-2.0-" + Bytes(248, 'x'), Side::client, "none"},
      {Bytes("\x16\x03\x01\x00", 4), Side::client, "none"},
      {version + ssh_packet(be8(21)), Side::client, "none"},
      {version + ssh_packet(be8(1)), Side::client, "none"},
      {version + be32(20000) + be8(4) + be8(20), Side::client, "none"},
      {version + be32(1) + be8(0), Side::client, "none"},
      {version + be32(0), Side::client, "none"},
      {version + be32(3) + be8(4) + be8(20) + be8(0), Side::client, "none"},
      {version + ssh_packet(be8(20) + Bytes(16, 'c') + sized32("short")), Side::client, "none"},
      {version + ssh_packet(be8(20) + Bytes(16, 'c') + be32(0xffffffff)), Side::client, "none"},
      {"", Side::client, "unfinished"},
      {"SS", Side::client, "unfinished"},
  };
  for (const auto& one : cases) {
    CAPTURE(to_hex(one.stream));
    CHECK(read(one.stream, one.side) == one.sum);
  }
  std::string lines;
  while (lines.size() < 5000) lines += "line\r\n";
  CHECK(read(lines + from_server, Side::server) == "none");
}

TEST_CASE("every beginning of a stream is unfinished, and one with bytes changed is read within its bounds") {
  for (size_t size = 0; size < from_client.size(); size++) {
    CAPTURE(size);
    CHECK(read(from_client.substr(0, size)) == "unfinished");
  }
  std::mt19937 random(7);
  for (int round = 0; round < 20000; round++) {
    Bytes changed = from_client;
    for (int change = 0; change < 1 + round % 4; change++) changed[random() % changed.size()] = static_cast<char>(random());
    CHECK_FALSE(read(changed.substr(0, 1 + random() % changed.size())).empty());
  }
}

TEST_CASE("both ends' exchanges in segments, cut at every byte, in order and turned round") {
  for (size_t cut = 1; cut < from_client.size(); cut++) {
    for (const bool turned : {false, true}) {
      CAPTURE(cut);
      CAPTURE(turned);
      Search search;
      search.segment(client, server, 99, "", syn);
      search.segment(server, client, 499, "", syn_ack);
      const size_t other_cut = std::min(cut, from_server.size() - 1);
      for (const bool second : {turned, !turned}) {
        second ? search.segment(client, server, 100 + cut, from_client.substr(cut)) : search.segment(client, server, 100, from_client.substr(0, cut));
        second ? search.segment(server, client, 500 + other_cut, from_server.substr(other_cut))
               : search.segment(server, client, 500, from_server.substr(0, other_cut));
      }
      CHECK(search.text(Side::client) == client_sum);
      CHECK(search.text(Side::server) == server_sum);
      CHECK_FALSE(search.under_way());
    }
  }
}

TEST_CASE("who is the client") {
  constexpr Endpoint other = {2, 4022};
  const struct {
    bool with_syn;
    bool syn_of_server_only;
    Endpoint to;
    bool server_first;
    bool right;  // whether it can be known
  } cases[] = {
      {true, false, server, false, true}, {true, false, other, false, true},  {true, true, other, true, true},    {false, false, server, false, true},
      {false, false, server, true, true}, {false, false, other, false, true}, {false, false, other, true, false},
  };
  for (const auto& one : cases) {
    CAPTURE(one.to.port);
    CAPTURE(one.server_first);
    Search search;
    if (one.with_syn && !one.syn_of_server_only) search.segment(client, one.to, 99, "", syn);
    if (one.with_syn) search.segment(one.to, client, 499, "", syn_ack);
    if (one.server_first) search.segment(one.to, client, 500, from_server);
    search.segment(client, one.to, 100, from_client);
    if (!one.server_first) search.segment(one.to, client, 500, from_server);
    CHECK((search.text(Side::client) == client_sum) == one.right);
    CHECK((search.text(Side::server) == server_sum) == one.right);
  }
}

TEST_CASE("what is no SSH is given up at once") {
  Search search;
  search.segment(client, server, 99, "", syn);
  search.segment(client, server, 100, Bytes("\x16\x03\x01\x00\x10", 5));
  CHECK_FALSE(search.under_way());
  search.segment(client, server, 100, from_client);
  CHECK(search.text(Side::client) == "");
  // Without a SYN, what does not begin with the version is not gathered.
  Search within;
  within.segment(client, server, 700, "encrypted");
  CHECK_FALSE(within.under_way());
  within.segment(client, server, 800, version);
  CHECK(within.under_way());
  within.give_up();
  CHECK_FALSE(within.under_way());
  // Headers that are cut or unsound.
  for (size_t size = 0; size < 20; size++) {
    Search cut;
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[size]());
    cut.add(0, {exact.get(), size});
    CHECK_FALSE(cut.under_way());
  }
}
