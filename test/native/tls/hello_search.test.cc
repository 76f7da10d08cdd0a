#include "engine/tls/hello_search.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "dissect/packet_bytes.h"
#include "tls/hex.h"
#include "tls/quic_packets.h"

using namespace nfstream::tls;
using namespace nfstream::test;

namespace {

Bytes extension(uint16_t type, const Bytes& body) { return be16(type) + sized16(body); }

// A hello with GREASE among everything.
Bytes hello_body(bool dtls, const Bytes& padding = "") {
  const Bytes suites = be16(0x2a2a) + be16(0x1301) + be16(0xc02b);
  const Bytes extensions = extension(0xdada, "") + extension(0, sized16(be8(0) + sized16("a.test"))) +
                           extension(16, sized16(sized8("h2") + sized8("http/1.1"))) + extension(43, sized8(be16(0x8a8a) + be16(0x0304) + be16(0x0303))) +
                           extension(13, sized16(be16(0x1a1a) + be16(0x0403) + be16(0x0804))) + extension(21, padding) + extension(0x3a3a, be8(0));
  return be16(dtls ? 0xfefd : 0x0303) + Bytes(32, 'r') + sized8("session") + (dtls ? sized8("cookie") : "") + sized16(suites) + sized8(be8(0)) +
         sized16(extensions);
}

Bytes message(const Bytes& body) { return be8(1) + sized24(body); }
Bytes record(const Bytes& fragment) { return be8(22) + be16(0x0301) + sized16(fragment); }
Bytes hello(size_t padding = 0) { return record(message(hello_body(false, Bytes(padding, 'p')))); }

// Made with Python's hashlib from the lists above.
const std::string expected = "13d0205h2_777cda164f4b_e0b9a5db47b5";

constexpr Endpoint client = {1, 40000};
constexpr Endpoint server = {2, 443};

// As a flow has it: zeros to begin with.
struct Search : HelloSearch {
  explicit Search(HelloOptions how = {true, false}) : HelloSearch{}, options(how) {}
  ~Search() { release(); }
  Search(const Search&) = delete;
  std::string ja4() const { return hello() == nullptr ? "" : hello()->ja4; }
  const HelloOptions options;
};

// Shows a packet in memory of its own size, so that a sanitizer sees a read beyond its end.
void show(Search& search, uint8_t protocol, const Bytes& bytes, Endpoint from = client) {
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  search.add(protocol, from.port == client.port ? 0 : 1, {exact.get(), bytes.size()}, search.options);
}

void segment(Search& search, uint32_t number, const Bytes& payload, uint8_t flags = push_ack, Endpoint from = client, Endpoint to = server) {
  show(search, tcp, tcp_body(from, to, number, 1, flags, payload), from);
}

void datagram(Search& search, const Bytes& payload, Endpoint from = client, Endpoint to = server) { show(search, udp, udp_body(from, to, payload), from); }

Bytes bytes_of(const char* hex) {
  const auto bytes = from_hex(hex);
  return {bytes.begin(), bytes.end()};
}

Bytes dtls_fragment(uint16_t number, const Bytes& body, size_t from, size_t to, uint16_t epoch = 0) {
  const Bytes fragment = be8(1) + be24(body.size()) + be16(number) + be24(from) + sized24(body.substr(from, to - from));
  return be8(22) + be16(0xfefd) + be16(epoch) + Bytes(6, '\0') + sized16(fragment);
}

}  // namespace

TEST_CASE("TCP: a hello in one segment, and without GREASE") {
  Search search;
  segment(search, 99, "", syn);
  CHECK_FALSE(search.under_way());
  segment(search, 100, hello());
  CHECK(search.ja4() == "t" + expected);
  CHECK_FALSE(search.under_way());
  // The first hello of a flow is the one that counts.
  segment(search, 100 + hello().size(), record(message(be16(0x0301) + Bytes(32, 'r') + sized8("") + sized16(be16(5)) + sized8(be8(0)))));
  CHECK(search.ja4() == "t" + expected);
}

TEST_CASE("what is kept of a hello") {
  Search tls({false, false});
  segment(tls, 100, hello());
  REQUIRE(tls.hello() != nullptr);
  CHECK(tls.hello()->server_name == "a.test");
  CHECK(tls.hello()->alpn == "h2,http/1.1");
  CHECK(tls.hello()->version == 0x0303);
  CHECK(tls.hello()->transport == Transport::tcp);
  CHECK(tls.hello()->ja4 == "");
  CHECK_FALSE(tls.is_quic());
  Search dtls;
  datagram(dtls, dtls_fragment(0, hello_body(true), 0, hello_body(true).size()));
  REQUIRE(dtls.hello() != nullptr);
  CHECK(dtls.hello()->server_name == "a.test");
  CHECK(dtls.hello()->version == 0xfefd);
  CHECK_FALSE(dtls.is_quic());
  Search quic;
  datagram(quic, bytes_of(client_initial_v2));
  REQUIRE(quic.hello() != nullptr);
  CHECK(quic.hello()->server_name == "example.com");
  CHECK(quic.hello()->version == 0x0304);
  CHECK(quic.is_quic());
}

TEST_CASE("a name that is too long is kept from behind, a list of protocols from the front") {
  const Bytes name = Bytes(300, 'n') + ".test";
  const Bytes extensions = extension(0, sized16(be8(0) + sized16(name))) + extension(16, sized16(sized8(Bytes(200, 'p')) + sized8(Bytes(200, 'q'))));
  Search search;
  segment(search, 100, record(message(be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(be16(0x1301)) + sized8(be8(0)) + sized16(extensions))));
  REQUIRE(search.hello() != nullptr);
  CHECK(search.hello()->server_name == Bytes(250, 'n') + ".test");
  CHECK(search.hello()->alpn == Bytes(200, 'p') + "," + Bytes(54, 'q'));
}

TEST_CASE("TCP: a hello in segments, cut at every byte, in order, turned round and repeated") {
  const Bytes whole = hello();
  for (size_t cut = 1; cut < whole.size(); cut++) {
    CAPTURE(cut);
    Search ordered;
    segment(ordered, 100, whole.substr(0, cut));
    CHECK(ordered.ja4() == "");
    CHECK(ordered.under_way());
    segment(ordered, 100, whole.substr(0, cut));
    segment(ordered, 100 + cut, whole.substr(cut));
    CHECK(ordered.ja4() == "t" + expected);
    Search turned;
    segment(turned, 99, "", syn);
    segment(turned, 100 + cut, whole.substr(cut));
    CHECK(turned.ja4() == "");
    segment(turned, 100, whole.substr(0, cut));
    CHECK(turned.ja4() == "t" + expected);
  }
}

TEST_CASE("TCP: a hello in three overlapping segments over the end of the sequence numbers") {
  const Bytes whole = hello(3000);
  Search search;
  const uint32_t number = 0xffffff00;
  segment(search, number - 1, "", syn);
  segment(search, number, whole.substr(0, 1400));
  segment(search, number + 2600, whole.substr(2600));
  segment(search, number + 1000, whole.substr(1000, 1800));
  CHECK(search.ja4() == "t" + expected);
}

TEST_CASE("TCP: a hello in several records, cut at every byte") {
  const Bytes inside = message(hello_body(false));
  for (size_t cut = 1; cut < inside.size(); cut++) {
    Search search;
    segment(search, 100, record(inside.substr(0, cut)) + record(inside.substr(cut)));
    CHECK(search.ja4() == "t" + expected);
  }
}

TEST_CASE("TCP: a hello behind other traffic, as after STARTTLS") {
  Search search;
  segment(search, 99, "", syn);
  segment(search, 499, "", syn_ack, server, client);
  segment(search, 500, "220 mail ready\r\n", push_ack, server, client);
  segment(search, 100, "STARTTLS\r\n");
  segment(search, 516, "220 go\r\n", push_ack, server, client);
  segment(search, 110, hello());
  CHECK(search.ja4() == "t" + expected);
}

TEST_CASE("TCP: what is no hello is given up, and a later hello is found") {
  const Bytes others[] = {
      "GET / HTTP/1.1\r\n\r\n",
      record(be8(2) + sized24("server")),
      be8(23) + be16(0x0303) + sized16("data"),
      be8(22) + be16(0x0505) + sized16(message(hello_body(false))),
      record(be8(1) + be24(0xffffff) + "x"),
      record(message("short")),
      record(message(hello_body(false).substr(0, 100))),
      record(message(hello_body(false)).substr(0, 20)) + be8(21) + be16(0x0303) + sized16("alert, which cannot be inside"),
  };
  for (const Bytes& other : others) {
    CAPTURE(to_hex(other));
    Search search;
    segment(search, 100, other);
    CHECK_FALSE(search.under_way());
    CHECK(search.ja4() == "");
    segment(search, 100 + other.size(), hello());
    CHECK(search.ja4() == "t" + expected);
  }
}

TEST_CASE("TCP: what the other end sends does not disturb") {
  const Bytes whole = hello();
  Search search;
  segment(search, 100, whole.substr(0, 80));
  segment(search, 180, whole.substr(80), push_ack, server, client);
  CHECK(search.ja4() == "");
  segment(search, 180, whole.substr(80));
  CHECK(search.ja4() == "t" + expected);
}

TEST_CASE("QUIC: the packets of the RFCs, whole, cut and with every byte changed") {
  for (const char* hex : {client_initial_v1, client_initial_v2}) {
    const Bytes packet = bytes_of(hex);
    Search search;
    datagram(search, packet);
    CHECK(search.ja4() == "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
    for (size_t size = 0; size < packet.size(); size++) {
      Search cut;
      datagram(cut, packet.substr(0, size));
      CHECK(cut.ja4() == "");
    }
    for (size_t at = 0; at < packet.size(); at += at < 64 ? 1 : 37) {
      Bytes changed = packet;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      Search damaged;
      datagram(damaged, changed);
      CHECK(damaged.ja4() == "");
    }
  }
}

TEST_CASE("QUIC: frames out of order over two packets, the second to another connection id") {
  const Bytes first = bytes_of(draft_29_first);
  const Bytes second = bytes_of(draft_29_second);
  Search search;
  datagram(search, first);
  CHECK(search.under_way());
  datagram(search, bytes_of(client_initial_v1).substr(0, 600), server, client);
  datagram(search, second);
  CHECK(search.ja4() == "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
  Search coalesced;
  datagram(coalesced, first + second);
  CHECK(coalesced.ja4() == "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
  Search late;
  datagram(late, second);
  CHECK(late.ja4() == "");
}

TEST_CASE("QUIC: what was opened is QUIC, though the hello is not whole") {
  Search search;
  datagram(search, bytes_of(draft_29_first));
  CHECK(search.is_quic());
  CHECK(search.hello() == nullptr);
  search.give_up();
  CHECK(search.is_quic());
  CHECK_FALSE(search.under_way());
  Bytes changed = bytes_of(client_initial_v1);
  changed[300] = static_cast<char>(changed[300] ^ 1);
  Search damaged;
  datagram(damaged, changed);
  CHECK_FALSE(damaged.is_quic());
}

TEST_CASE("QUIC: packets that wait are opened at the end, in their order, and when too many wait") {
  const std::string ja4 = "q13d0211an_62ed6f6ca7ad_4d634acda6c0";
  const HelloOptions waiting{true, true};
  Search search(waiting);
  datagram(search, bytes_of(draft_29_first));
  datagram(search, bytes_of(client_initial_v1).substr(0, 600), server, client);
  datagram(search, bytes_of(draft_29_second));
  CHECK(search.ja4() == "");
  CHECK_FALSE(search.is_quic());
  search.finish();
  CHECK(search.ja4() == ja4);
  CHECK(search.is_quic());
  Search many(waiting);
  for (int i = 0; i < 12; i++) datagram(many, Bytes("\xc0\x00\x00\x00\x01", 5) + Bytes(1195, 'x'));
  datagram(many, bytes_of(client_initial_v1));
  CHECK(many.ja4() == "");
  datagram(many, bytes_of(client_initial_v1));
  CHECK(many.ja4() == ja4);
  // One that is longer than all that may wait is not kept.
  Search large(waiting);
  datagram(large, bytes_of(client_initial_v2) + Bytes(60000, 'x'));
  CHECK(large.ja4() == ja4);
  Search never(waiting);
  datagram(never, bytes_of(client_initial_v1));
  never.give_up();
  never.finish();
  CHECK(never.ja4() == "");
}

TEST_CASE("QUIC: a flow whose packets cannot be opened is not tried for ever") {
  const Bytes wrong = Bytes("\xc0\x00\x00\x00\x01", 5) + sized8("12345678") + sized8("") + be8(0) + be16(0x4000 | 100) + Bytes(100, 'x');
  for (const int before : {7, 8}) {
    CAPTURE(before);
    Search search;
    for (int i = 0; i < before; i++) datagram(search, wrong);
    datagram(search, bytes_of(client_initial_v1));
    CHECK((search.hello() != nullptr) == (before < 8));
  }
}

TEST_CASE("QUIC: a hello behind 0-RTT") {
  // A long header of version 2 with the type of 0-RTT, and the same for version 1.
  const Bytes ids = sized8("\x83\x94\xc8\xf0\x3e\x51\x57\x08") + sized8("");
  const Bytes early = Bytes("\xe3\x6b\x33\x43\xcf", 5) + ids + be16(0x4000 | 300) + Bytes(300, 'e');
  const Bytes early_v1 = Bytes("\xd3\x00\x00\x00\x01", 5) + ids + be16(0x4000 | 300) + Bytes(300, 'e');
  for (const Bytes& before : {early, early_v1}) {
    const Bytes initial = bytes_of(before == early ? client_initial_v2 : client_initial_v1);
    Search apart;
    datagram(apart, before);
    CHECK(apart.hello() == nullptr);
    CHECK_FALSE(apart.is_quic());
    datagram(apart, initial);
    CHECK(apart.ja4() == "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
    Search joined;
    datagram(joined, before + initial);
    CHECK(joined.ja4() == "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
  }
}

TEST_CASE("DTLS: one record, fragments in any order, and a second hello with a cookie") {
  const Bytes body = hello_body(true);
  Search search;
  datagram(search, dtls_fragment(0, body, 0, body.size()));
  CHECK(search.ja4() == "d" + expected);
  for (size_t cut = 1; cut < body.size(); cut++) {
    Search fragments;
    datagram(fragments, dtls_fragment(0, body, cut, body.size()));
    CHECK(fragments.under_way());
    datagram(fragments, dtls_fragment(0, body, 0, cut));
    CHECK(fragments.ja4() == "d" + expected);
  }
  Search both;
  datagram(both, dtls_fragment(0, body, 0, 20) + dtls_fragment(1, body, 0, 30) + dtls_fragment(1, body, 30, body.size()));
  CHECK(both.ja4() == "d" + expected);
}

TEST_CASE("DTLS: what is no hello") {
  const Bytes body = hello_body(true);
  const Bytes others[] = {dtls_fragment(0, body, 0, body.size(), 1), be8(22) + be16(0x0303) + Bytes(60, '\0'), dtls_fragment(0, "short", 0, 5),
                          Bytes(1, '\x16'),
                          be8(22) + be16(0xfefd) + be16(0) + Bytes(6, '\0') + sized16(be8(1) + be24(10) + be16(0) + be24(8) + sized24("beyond"))};
  for (const Bytes& other : others) {
    CAPTURE(to_hex(other));
    Search search;
    datagram(search, other);
    CHECK(search.ja4() == "");
    CHECK_FALSE(search.under_way());
  }
}

TEST_CASE("what cannot tell anything is not wanted") {
  Search search;
  const auto wanted = [&](uint8_t protocol, int direction, unsigned first) { return search.wants(protocol, direction, static_cast<uint8_t>(first)); };
  CHECK(wanted(tcp, 0, 22));
  CHECK_FALSE(wanted(tcp, 0, 'G'));
  CHECK(wanted(udp, 0, 22));
  CHECK(wanted(udp, 0, 0xc3));
  CHECK_FALSE(wanted(udp, 0, 0x43));
  segment(search, 99, "", syn);
  CHECK(wanted(tcp, 0, 'G'));
  CHECK_FALSE(wanted(tcp, 1, 'G'));
  segment(search, 100, "GET / HTTP/1.1\r\n");
  CHECK_FALSE(wanted(tcp, 0, 'G'));
  segment(search, 200, hello().substr(0, 60));
  CHECK(wanted(tcp, 0, 'x'));
  segment(search, 260, hello().substr(60));
  CHECK_FALSE(wanted(tcp, 0, 22));
}

TEST_CASE("every beginning of a hello, and one with every byte changed, is read within its bounds") {
  const Bytes tls_hello = hello();
  const Bytes dtls_hello = dtls_fragment(0, hello_body(true), 0, hello_body(true).size());
  for (size_t size = 0; size < tls_hello.size(); size++) {
    Search search;
    segment(search, 100, tls_hello.substr(0, size));
    CHECK(search.ja4() == "");
    Search headers;
    show(headers, tcp, tcp_body(client, server, 1, 1, push_ack, "").substr(0, std::min<size_t>(size, 20)));
    show(headers, udp, udp_body(client, server, "").substr(0, std::min<size_t>(size, 8)));
  }
  for (size_t size = 0; size < dtls_hello.size(); size++) {
    Search search;
    datagram(search, dtls_hello.substr(0, size));
    CHECK(search.ja4() == "");
  }
  std::mt19937 random(11);
  for (int round = 0; round < 20000; round++) {
    const bool dtls = round % 2 == 1;
    Bytes bytes = dtls ? dtls_hello : tls_hello;
    for (int change = 0; change < 1 + round % 4; change++) bytes[random() % bytes.size()] = static_cast<char>(random());
    Search search;
    const size_t cut = random() % bytes.size();
    dtls ? datagram(search, bytes) : segment(search, 100, bytes.substr(0, cut));
    if (!dtls) segment(search, 100 + cut, bytes.substr(cut));
    CHECK((search.ja4().empty() || search.ja4().size() == 36));
  }
}
