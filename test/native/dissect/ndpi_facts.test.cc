#include <doctest/doctest.h>

#include <string>

#include "dissect/ndpi_packets.h"
#include "engine/dissect/ndpi/ndpi_compat.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr Endpoint resolver = {0x0a000035, 53};

Bytes record(uint16_t type, const Bytes& data) { return be16(0xc00c) + be16(type) + be16(1) + be32(60) + sized16(data); }

Bytes dns_message(unsigned flags, uint16_t type, unsigned answers, const Bytes& records) {
  return be16(0x1234) + be16(flags) + be16(1) + be16(answers) + be32(0) + dns_name({"www", "example", "com"}) + be16(type) + be16(1) + records;
}

Bytes extension(uint16_t type, const Bytes& body) { return be16(type) + sized16(body); }

// Offers h2 and http/1.1.
Bytes hello_with_alpn() {
  const Bytes name = extension(0, sized16(be8(0) + sized16("shop.example")));
  const Bytes alpn = extension(16, sized16(sized8("h2") + sized8("http/1.1")));
  const Bytes versions = extension(43, sized8(be16(0x0304) + be16(0x0303)));
  const Bytes hello = be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(be16(0x1301)) + sized8(be8(0)) + sized16(name + alpn + versions);
  return be8(22) + be16(0x0301) + sized16(be8(1) + sized24(hello));
}

Bytes hello_of_server(uint16_t cipher, const Bytes& extensions) {
  const Bytes hello = be16(0x0303) + Bytes(32, 's') + sized8("") + be16(cipher) + be8(0) + sized16(extensions);
  return be8(22) + be16(0x0303) + sized16(be8(2) + sized24(hello));
}

// Risks by their numbers, which never change; their names do.
constexpr int cross_site_scripting = 1;
constexpr int sql_injection = 2;
constexpr int other_port = 5;
constexpr int numeric_host = 12;
constexpr int suspicious_url = 13;

std::string risk_name(int risk) { return ndpi_risk2str(static_cast<ndpi_risk_enum>(risk)); }

}  // namespace

TEST_CASE("TLS: version, cipher suite and protocols") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  connection.from_client(hello_with_alpn());
  connection.from_server(hello_of_server(0x1302, extension(43, be16(0x0304))));
  CHECK(flow.text(Fact::tls_version) == "TLSv1.3");
  CHECK(flow.text(Fact::tls_cipher) == "TLS_AES_256_GCM_SHA384");
  CHECK(flow.text(Fact::tls_alpn) == "h2,http/1.1");
  CHECK(flow.text(Fact::ja3) == flow.text(Fact::client_fingerprint));
  CHECK(flow.text(Fact::ja3s) == flow.text(Fact::server_fingerprint));
  CHECK(flow.text(Fact::ja3s).size() == 32);
  CHECK(flow.number(Fact::tls_not_before_s) == -1);
}

TEST_CASE("TLS: a cipher suite without a name") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  connection.from_client(client_hello("www.wikipedia.org"));
  connection.from_server(hello_of_server(0xfe12, ""));
  CHECK(flow.text(Fact::tls_cipher) == "0xfe12");
  CHECK(flow.text(Fact::tls_version) == "TLSv1.2");
}

TEST_CASE("a guess from the port finds nothing in what other dissectors left behind") {
  const auto dissector = make_dissector();
  for (const uint16_t port : {443, 22, 53}) {
    CAPTURE(port);
    FlowUnderTest flow(*dissector);
    Connection connection(flow, port);
    flow.give_up();
    REQUIRE(flow.label() != "Unknown");
    for (const Fact fact : {Fact::ja3, Fact::tls_version, Fact::tls_cipher, Fact::dns_query}) CHECK(flow.text(fact).empty());
    CHECK(flow.number(Fact::dns_response_code) == -1);
    CHECK(flow.number(Fact::dns_records) == -1);
  }
}

TEST_CASE("HTTP: request and status") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  connection.from_client(
      "POST /a?b=c HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64) x\r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  connection.from_server("HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok");
  CHECK(flow.text(Fact::http_method) == "POST");
  CHECK(flow.text(Fact::http_host) == "www.example.com");
  CHECK(flow.text(Fact::http_url) == "www.example.com/a?b=c");
  CHECK(flow.text(Fact::http_request_content_type) == "application/json");
  CHECK(flow.text(Fact::detected_os) == "Windows 10");
  CHECK(flow.number(Fact::http_status) == 404);
  CHECK(flow.number(Fact::dns_query_type) == -1);
}

TEST_CASE("HTTP: bytes that are no text, and a NUL that ends one") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  connection.from_client("GET /\xff\x80z HTTP/1.1\r\nHost: caf\xc3.example\r\nUser-Agent: a" + be8(0) + "b\r\nContent-Type: \xf0\x9f\r\nAccept: */*\r\n\r\n");
  CHECK(flow.text(Fact::http_method) == "GET");
  CHECK(flow.text(Fact::http_url) == "caf\xc3.example/\xff\x80z");
  CHECK(flow.text(Fact::user_agent) == "a");
  CHECK(flow.text(Fact::http_request_content_type) == "\xf0\x9f");
}

TEST_CASE("HTTP: no URL is longer than 2048 bytes") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 80);
  connection.from_client("GET /" + Bytes(2000, 'u') + " HTTP/1.1\r\nHost: " + Bytes(200, 'h') + "\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n");
  CHECK(flow.text(Fact::http_url) == Bytes(200, 'h') + "/" + Bytes(2048 - 201, 'u'));
}

TEST_CASE("DNS: question and answer") {
  const struct {
    uint16_t type;
    unsigned flags, answers;
    Bytes records;
    std::string answer;
    int64_t code, count;
  } cases[] = {
      {1, 0x8180, 1, record(1, be32(0xc0000201)), "192.0.2.1", 0, 1},
      {1, 0x8180, 2, record(5, dns_name({"alias"})) + record(1, be32(0xc0000202)), "192.0.2.2", 0, 2},
      {28, 0x8180, 1, record(28, be32(0x20010db8) + be32(0) + be32(0) + be32(1)), "2001:db8::1", 0, 1},
      {1, 0x8183, 0, "", "", 3, 0},
      {16, 0x8180, 1, record(16, sized8("text")), "", 0, 1},
  };
  const auto dissector = make_dissector();
  for (const auto& one : cases) {
    CAPTURE(one.answer);
    FlowUnderTest flow(*dissector);
    send_udp(flow, client_end, resolver, dns_message(0x0100, one.type, 0, ""));
    CHECK(flow.text(Fact::dns_query) == "www.example.com");
    CHECK(flow.number(Fact::dns_query_type) == one.type);
    CHECK(flow.number(Fact::dns_response_code) == -1);
    CHECK(flow.number(Fact::dns_records) == -1);
    send_udp(flow, resolver, client_end, dns_message(one.flags, one.type, one.answers, one.records));
    CHECK(flow.number(Fact::dns_query_type) == one.type);
    CHECK(flow.number(Fact::dns_response_code) == one.code);
    CHECK(flow.number(Fact::dns_records) == one.count);
    CHECK(flow.text(Fact::dns_answer) == one.answer);
  }
}

TEST_CASE("DHCP: fingerprint, class and name") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  const Bytes options = be8(53) + sized8(be8(1)) + be8(55) + sized8(be24(0x010306)) + be8(60) + sized8("udhcp \xff") + be8(12) + sized8("laptop") + be8(255);
  send_udp(flow, {0, 68}, {0xffffffff, 67}, be32(0x01010600) + Bytes(232, '\0') + be32(0x63825363) + options + Bytes(60, '\0'));
  CHECK(flow.text(Fact::dhcp_fingerprint) == "1,3,6");
  CHECK(flow.text(Fact::dhcp_class) == "udhcp \xff");
  CHECK(flow.text(Fact::dhcp_host_name) == "laptop");
}

// 4.2 has no host of SSDP.
TEST_CASE("SSDP: the host without its port") {
  const auto dissector = make_dissector();
  const struct {
    const char* host;
    const char* name;
  } cases[] = {
      {"239.255.255.250:1900", "239.255.255.250"}, {"[ff02::c]:1900", "[ff02::c]"}, {"[ff02::c]", "[ff02::c]"},
      {"239.255.255.250", "239.255.255.250"},      {"printer:", "printer:"},        {"1900", "1900"},
  };
  const bool has_host = std::string(nfstream_dissector_version()).compare(0, 4, "4.2.") != 0;
  for (const auto& one : cases) {
    CAPTURE(one.host);
    FlowUnderTest flow(*dissector);
    send_udp(flow, client_end, {0xeffffffa, 1900},
             Bytes("M-SEARCH * HTTP/1.1\r\nHOST: ") + one.host + "\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\nST: upnp:rootdevice\r\n\r\n");
    CHECK(flow.label() == "SSDP");
    CHECK(flow.text(Fact::server_name) == (has_host ? one.name : ""));
  }
}

TEST_CASE("risks: their names") {
  const struct {
    int risk;
    const char* in_42;
    const char* later;  // 4.8 to 4.11
  } cases[] = {
      {cross_site_scripting, "XSS Attack", "XSS Attack"},
      {sql_injection, "SQL Injection", "SQL Injection"},
      {other_port, "Known Protocol on Non Standard Port", "Known Proto on Non Std Port"},
      {numeric_host, "HTTP Numeric IP Address", "HTTP/TLS/QUIC Numeric Hostname/SNI"},
      {suspicious_url, "HTTP Suspicious URL", "HTTP Susp URL"},
  };
  const bool is_42 = std::string(nfstream_dissector_version()).compare(0, 4, "4.2.") == 0;
  for (const auto& one : cases) CHECK(risk_name(one.risk) == (is_42 ? one.in_42 : one.later));
}

TEST_CASE("risks: those that nDPI finds, and those of a URL") {
  const auto dissector = make_dissector();
  const struct {
    const char* path;
    std::string risks;
    int64_t least;
  } cases[] = {
      {"/index.html", "", 0},
      {"/a?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", risk_name(cross_site_scripting), 100},
      {"/a?q=1%27%20or%20%271%27%3D%271%27%20--", risk_name(sql_injection), 100},
      {"/../../etc/passwd", risk_name(suspicious_url), 100},
  };
  for (const auto& one : cases) {
    CAPTURE(one.path);
    FlowUnderTest flow(*dissector);
    Connection connection(flow, 80);
    connection.from_client(Bytes("GET ") + one.path + " HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
    connection.from_server("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok");
    CHECK(flow.text(Fact::risks).find(one.risks) != std::string::npos);
    CHECK(flow.text(Fact::risks).empty() == one.risks.empty());
    CHECK(flow.number(Fact::risk_score) >= one.least);
    CHECK(flow.number(Fact::risk_score) == flow.number(Fact::risk_client_score) + flow.number(Fact::risk_server_score));
  }
}

TEST_CASE("risks: several are in the order of their numbers, and none of their names has the separator") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 8443);
  connection.from_client("GET /a?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n");
  const std::string risks = flow.text(Fact::risks);
  CHECK(risks.find(risk_name(cross_site_scripting) + ";" + risk_name(other_port) + ";") == 0);
  CHECK(risks.find(risk_name(numeric_host)) != std::string::npos);
}

TEST_CASE("what no column needs is not asked for") {
  const auto dissector = make_dissector({nfstream_facts, nullptr, nullptr});
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 8443);
  connection.from_client("GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n");
  CHECK(flow.text(Fact::server_name) == "192.0.2.1");
  CHECK_FALSE(flow.verdict().facts.has(Fact::risks));
  CHECK_FALSE(flow.verdict().facts.has(Fact::risk_score));
}

TEST_CASE("names of breeds and confidences") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  send_udp(flow, client_end, resolver, dns_query(dns_name({"a", "test"})));
  CHECK(dissector->breed_name(flow.verdict().application) == "Acceptable");
  CHECK(dissector->breed_name(60000) == "Unrated");
  CHECK(dissector->confidence_name(flow.verdict().confidence) == "DPI");
  CHECK(dissector->confidence_name(0) == "Unknown");
  CHECK(dissector->confidence_name(1) == "Match by port");
  CHECK(dissector->confidence_name(250) == "Unknown");
}
