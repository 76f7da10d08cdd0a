#include <doctest/doctest.h>

#include "dissect/ndpi_packets.h"
#include "ssh/exchanges.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes example_name = dns_name({"www", "example", "com"});
constexpr Endpoint resolver = {0x0a000035, 53};

}  // namespace

TEST_CASE("DNS: the question is the server name, and the answer ends the dissection") {
  const auto dissector = make_dissector();
  REQUIRE(dissector != nullptr);
  FlowUnderTest flow(*dissector);
  CHECK(send_udp(flow, client_end, resolver, dns_query(example_name)) == DissectProgress::partial);
  CHECK(send_udp(flow, resolver, client_end, dns_response(example_name)) == DissectProgress::finished);
  const Verdict verdict = flow.verdict();
  CHECK(flow.label() == "DNS");
  CHECK(flow.category() == "Network");
  CHECK(verdict.facts.text(Fact::server_name) == "www.example.com");
  CHECK(verdict.confidence == 6);
  CHECK_FALSE(verdict.guessed);
  CHECK(verdict.facts.text(Fact::client_fingerprint).empty());
  CHECK(verdict.facts.text(Fact::user_agent).empty());
}

TEST_CASE("DNS over IPv6, behind a destination options header") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  const Bytes options = be8(udp) + be8(0) + be8(1) + sized8(Bytes(4, '\0'));
  const Bytes body = options + udp_body(client_end, resolver, dns_query(example_name));
  CHECK(flow.feed(ipv6(60, client_end.address, resolver.address, body), udp) == DissectProgress::partial);
  CHECK(flow.label() == "DNS");
  CHECK(flow.verdict().facts.text(Fact::server_name) == "www.example.com");
}

TEST_CASE("HTTP: host and user agent") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  const Bytes request = "GET /a HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
  CHECK(connection.from_client(request) == DissectProgress::partial);
  connection.from_server("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok");
  const Verdict verdict = flow.verdict();
  CHECK(flow.label() == "HTTP");
  CHECK(flow.category() == "Web");
  CHECK(verdict.facts.text(Fact::server_name) == "www.example.com");
  CHECK(verdict.facts.text(Fact::user_agent) == "curl/7.88.1");
  CHECK(verdict.facts.text(Fact::client_fingerprint).empty());
}

// Before 4.8 nDPI reads the content type only when it did not see the request; 4.2 then knows the label by the port alone.
TEST_CASE("HTTP: the content type of an answer whose request was not captured") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  connection.from_server("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok");
  CHECK(flow.give_up().facts.text(Fact::content_type) == "text/html");
  CHECK(flow.label() == "HTTP");
  CHECK(flow.verdict().facts.text(Fact::user_agent).empty());
}

TEST_CASE("HTTP: no text is longer than 255 bytes") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  connection.from_client("GET / HTTP/1.1\r\nHost: " + Bytes(300, 'h') + "\r\nUser-Agent: " + Bytes(900, 'u') + "\r\nAccept: */*\r\n\r\n");
  const Verdict verdict = flow.verdict();
  CHECK(flow.label() == "HTTP");
  CHECK(verdict.facts.text(Fact::user_agent) == Bytes(255, 'u'));
  CHECK(verdict.facts.text(Fact::server_name) == Bytes(79, 'h'));
}

TEST_CASE("TLS: the ClientHello gives service, server name and JA3, the ServerHello JA3S") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  CHECK(connection.from_client(client_hello("www.wikipedia.org")) == DissectProgress::partial);
  connection.from_server(server_hello());
  const Verdict verdict = flow.verdict();
  CHECK(flow.label() == "TLS.Wikipedia");
  CHECK(verdict.facts.text(Fact::server_name) == "www.wikipedia.org");
  CHECK(verdict.confidence == 6);
  // The MD5 of "771,49199,65281-11".
  CHECK(verdict.facts.text(Fact::server_fingerprint) == "303951d4c50efb2e991652225a6f02b1");
  CHECK(verdict.facts.text(Fact::content_type).empty());
  // The MD5 of "771,4865-49195-49199-47,0-10-11-13,29-23,0"; the releases from 4.14 on compute no JA3 of clients.
  const std::string version = nfstream_dissector_version();
  const bool has_ja3 = version.compare(0, 2, "4.") == 0 && version.compare(0, 4, "4.14") != 0;
  CHECK(verdict.facts.text(Fact::client_fingerprint) == (has_ja3 ? "a322f796a34d6d0d11476c7385a979a6" : ""));
}

TEST_CASE("SSH: the hashes of both ends' algorithms") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 22);
  connection.from_server("SSH-2.0-OpenSSH_9.2\r\n");
  connection.from_client("SSH-2.0-OpenSSH_9.3\r\n");
  connection.from_client(key_exchange(
      {"curve25519-sha256,diffie-hellman-group14-sha256", {"aes128-ctr,aes256-ctr", "aes192-ctr"}, {"hmac-sha2-256", "hmac-md5"}, {"none", "zlib"}}));
  connection.from_server(key_exchange({"curve25519-sha256", {"aes256-ctr", "aes128-ctr"}, {"hmac-sha1", "hmac-sha2-512"}, {"none", "zlib"}}));
  const Verdict verdict = flow.verdict();
  CHECK(flow.label() == "SSH");
  // The MD5 sums of "curve25519-sha256,diffie-hellman-group14-sha256;aes128-ctr,aes256-ctr;hmac-sha2-256;none"
  // and "curve25519-sha256;aes128-ctr;hmac-sha2-512;zlib".
  CHECK(verdict.facts.text(Fact::client_fingerprint) == "E43F5F36F5E718DA5A7810AC99FA0938");
  CHECK(verdict.facts.text(Fact::server_fingerprint) == "55E4357F75DEF736DD586E8EFF1D2074");
}

TEST_CASE("DHCP: the list of requested parameters, and the host's name") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  const Bytes options = be8(53) + sized8(be8(1)) + be8(55) + sized8(be24(0x010306) + be8(252)) + be8(12) + sized8("laptop") + be8(255);
  const Bytes discover = be32(0x01010600) + Bytes(232, '\0') + be32(0x63825363) + options + Bytes(60, '\0');
  send_udp(flow, {0, 68}, {0xffffffff, 67}, discover);
  CHECK(flow.label() == "DHCP");
  CHECK(flow.verdict().facts.text(Fact::client_fingerprint) == "1,3,6,252");
  CHECK(flow.verdict().facts.text(Fact::server_name) == "laptop");
}

TEST_CASE("a flow without payload is guessed by its port, and only when it is given up") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  CHECK(flow.verdict().application == 0);
  CHECK_FALSE(flow.verdict().guessed);
  const Verdict verdict = flow.give_up();
  CHECK(flow.label() == "TLS");
  CHECK(verdict.guessed);
  CHECK(verdict.confidence == 1);
  CHECK(verdict.facts.text(Fact::client_fingerprint).empty());
}

TEST_CASE("giving up changes nothing for a flow that has a label") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  send_udp(flow, client_end, resolver, dns_query(example_name));
  CHECK_FALSE(flow.give_up().guessed);
  CHECK(flow.label() == "DNS");
  CHECK(flow.verdict().confidence == 6);
}

TEST_CASE("what nothing recognises stays unknown") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  for (int i = 0; i < 40; i++) {
    const Bytes noise = be32(0x9e3779b9u * (i + 1)) + be32(0x85ebca6bu * (i + 7)) + be32(0xc2b2ae35u * (i + 3)) + be8(i);
    CHECK(send_udp(flow, {0x0a000001, 40001}, {0x0a000002, 40003}, noise) == DissectProgress::searching);
  }
  const Verdict verdict = flow.give_up();
  CHECK(flow.label() == "Unknown");
  CHECK(flow.category() == "Unspecified");
  CHECK_FALSE(verdict.guessed);
  CHECK(verdict.confidence == 0);
  CHECK(verdict.facts.text(Fact::server_name).empty());
}

TEST_CASE("a flow that never saw a packet is unknown") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  flow.give_up();
  CHECK(flow.label() == "Unknown");
  CHECK(flow.category() == "Unspecified");
}
