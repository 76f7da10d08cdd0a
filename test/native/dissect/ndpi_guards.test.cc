#include <doctest/doctest.h>

#include <random>

#include "dissect/ndpi_packets.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr Endpoint resolver = {0x0a000035, 53};

// Two questions whose names go on to the packet's end, in labels of 63 bytes.
Bytes endless_names(size_t ip_size) {
  const Bytes header = be16(0x1234) + be16(0x0100) + be16(2) + be16(0) + be32(0);
  return ipv4(udp, client_end.address, resolver.address, udp_body(client_end, resolver, header + Bytes(ip_size - 40, '?')));
}

}  // namespace

TEST_CASE("a DNS packet of 65,535 bytes, on which nDPI 4.2 never returns, is shown to it as far as that goes well") {
  const auto dissector = make_dissector();
  for (const size_t size : {65000, 65001, 65535, 100000}) {
    CAPTURE(size);
    FlowUnderTest flow(*dissector);
    flow.feed(endless_names(size), udp);
    CHECK(flow.give_up().application != 0);
  }
}

TEST_CASE("a packet of more bytes than 16 bits can tell is dissected by its beginning") {
  const auto dissector = make_dissector();
  const Endpoint server = {0x0a000002, 8080};
  const Bytes request = "GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n";
  // RFC 2675: a hop-by-hop header with a jumbo option.
  const auto jumbo = [](const Bytes& body) { return be8(tcp) + be8(0) + be16(0xc204) + be32(8 + body.size()) + body; };
  for (const size_t more : {0, 64000, 66000, 200000}) {
    CAPTURE(more);
    const Bytes body = tcp_body(client_end, server, 1001, 9001, push_ack, request + Bytes(more, 'x'));
    Bytes told_0 = ipv6(tcp, client_end.address, server.address, body);
    told_0[4] = told_0[5] = 0;
    Bytes with_option = ipv6(0, client_end.address, server.address, jumbo(body));
    with_option[4] = with_option[5] = 0;
    for (const Bytes& packet : {ipv4(tcp, client_end.address, server.address, body), told_0, with_option}) {
      FlowUnderTest flow(*dissector);
      flow.feed(packet, tcp);
      flow.give_up();
      CHECK(flow.label() == "HTTP");
      CHECK(flow.text(Fact::server_name) == "www.example.org");
    }
  }
}

TEST_CASE("a packet that is kept from nDPI leaves a label as it is") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  const Bytes query = ipv4(udp, client_end.address, resolver.address, udp_body(client_end, resolver, dns_query(dns_name({"a", "test"}))));
  CHECK(flow.feed(query, udp) == DissectProgress::partial);
  CHECK(flow.feed(ipv4(tcp, client_end.address, resolver.address, tcp_body(client_end, resolver, 1, 1, ack, "")), udp) == DissectProgress::partial);
  CHECK(flow.label() == "DNS");
}

TEST_CASE("a packet of another transport protocol than it is said to be is skipped") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  connection.from_client(client_hello("www.wikipedia.org"));
  const Endpoint server = {0x0a000002, 443};
  const Bytes datagram = ipv4(udp, server.address, client_end.address, udp_body(server, client_end, server_hello()));
  // 4.2 follows a null pointer on it.
  for (int i = 0; i < 3; i++) CHECK(flow.feed(datagram, tcp) == DissectProgress::partial);
  CHECK(flow.label() == "TLS.Wikipedia");
}

TEST_CASE("what is no IP packet, or only the beginning of one, is skipped") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  const Bytes query = ipv4(udp, client_end.address, resolver.address, udp_body(client_end, resolver, dns_query(dns_name({"a", "test"}))));
  for (size_t size = 0; size < query.size(); size++) CHECK(flow.feed(query.substr(0, size), udp) == DissectProgress::searching);
  CHECK(flow.feed(Bytes(60, '\xff'), udp) == DissectProgress::searching);
  CHECK(flow.give_up().application == 0);
}

TEST_CASE("an IPv6 chain of extension headers that never ends is skipped") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Bytes chain;
  for (int i = 0; i < 180; i++) chain += be8(60) + be8(0) + Bytes(6, '\0');
  CHECK(flow.feed(ipv6(60, 1, 2, chain), 60) == DissectProgress::searching);
  CHECK(flow.give_up().application == 0);
}

TEST_CASE("packets with changed bytes neither crash nor break the rules of a verdict") {
  const auto dissector = make_dissector();
  std::mt19937 random(7);
  const Endpoint server = {0x0a000002, 443};
  const Bytes seeds[] = {
      ipv4(tcp, client_end.address, server.address, tcp_body(client_end, server, 1001, 9001, push_ack, client_hello("www.wikipedia.org"))),
      ipv4(tcp, server.address, client_end.address, tcp_body(server, client_end, 9001, 1200, push_ack, server_hello())),
      ipv4(udp, resolver.address, client_end.address, udp_body(resolver, client_end, dns_response(dns_name({"www", "example", "com"})))),
      ipv4(tcp, client_end.address, server.address, tcp_body(client_end, server, 1, 1, push_ack, "GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\n\r\n")),
  };
  for (int round = 0; round < 3000; round++) {
    FlowUnderTest flow(*dissector);
    const uint8_t protocol = round % 4 == 2 ? udp : tcp;
    for (int i = 0; i < 4; i++) {
      Bytes packet = seeds[protocol == udp ? 2 : (round + i) % 2 == 0 ? 0 : (i % 2) * 2 + 1 == 3 ? 3 : 1];
      for (int change = 0; change < 3; change++) packet[random() % packet.size()] = static_cast<char>(random());
      flow.feed(packet, protocol);
    }
    const Verdict verdict = flow.give_up();
    CHECK((verdict.master == 0 || verdict.master != verdict.application));
    CHECK((verdict.application != 0 || !verdict.guessed));
    CHECK(verdict.facts.text(Fact::server_name).size() <= 255);
    CHECK((verdict.facts.text(Fact::server_fingerprint).empty() || verdict.facts.text(Fact::server_fingerprint).size() == 32));
  }
}
