#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "dissect/ndpi_packets.h"
#include "dissect/raw_batch.h"
#include "dissect/temporary_file.h"
#include "meter/rows.h"
#include "tls/hex.h"
#include "tls/quic_packets.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr uint32_t nobody = 0xc6336402;  // a documentation address
constexpr uint32_t google = 0x08080808;

const std::vector<std::string> names = {
    "application_name", "application_category_name", "requested_server_name", "application_is_guessed", "application_confidence_name", "tls_alpn",
    "tls_version",      "client_fingerprint"};

struct Found {
  std::string label, category, name, guessed, confidence, alpn, version, fingerprint;
};

Found found(Dissector& dissector, const RawBatch& batch, unsigned dissections = 20) {
  MeterOptions options;
  options.dissections = dissections;
  options.columns = columns_named(names);
  const TextRows rows = rows_of(options, batch.view(), {&dissector});
  REQUIRE(rows.size() == 1);
  const auto& row = rows[0];
  return {row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]};
}

class Segments {
 public:
  explicit Segments(Endpoint server) : server_(server) {
    add(true, 1000, syn, "");
    add(false, 9000, syn_ack, "");
    add(true, 1001, ack, "");
  }
  void from_client(size_t at, const Bytes& payload) { add(true, 1001 + at, push_ack, payload); }
  void from_server(size_t at, const Bytes& payload) { add(false, 9001 + at, push_ack, payload); }
  const RawBatch& batch() const { return batch_; }

 private:
  void add(bool client, size_t number, uint8_t flags, const Bytes& payload) {
    const Endpoint from = client ? client_end : server_, to = client ? server_ : client_end;
    batch_.add(ipv4(tcp, from.address, to.address, tcp_body(from, to, static_cast<uint32_t>(number), flags == syn ? 0 : client ? 9001 : 1001, flags, payload)));
  }
  Endpoint server_;
  RawBatch batch_;
};

RawBatch in_order(Endpoint server, const Bytes& hello) {
  Segments segments(server);
  segments.from_client(0, hello);
  return segments.batch();
}

RawBatch turned_round(Endpoint server, const Bytes& hello) {
  Segments segments(server);
  segments.from_client(60, hello.substr(60));
  segments.from_client(0, hello.substr(0, 60));
  return segments.batch();
}

RawBatch datagrams(Endpoint server, const std::vector<Bytes>& payloads) {
  RawBatch batch;
  for (const Bytes& payload : payloads) batch.add(ipv4(udp, client_end.address, server.address, udp_body(client_end, server, payload)));
  return batch;
}

Bytes bytes_of(const char* hex) {
  const auto bytes = from_hex(hex);
  return {bytes.begin(), bytes.end()};
}

// Without the extension of names.
Bytes nameless_hello() {
  const Bytes extensions = be16(10) + sized16(sized16(be16(29) + be16(23))) + be16(11) + sized16(sized8(be8(0)));
  const Bytes body = be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(be16(0x1301) + be16(0xc02b)) + sized8(be8(0)) + sized16(extensions);
  return be8(22) + be16(0x0301) + sized16(be8(1) + sized24(body));
}

// Later releases put more together by themselves.
bool is_first_release() { return std::string(nfstream_dissector_version()).compare(0, 3, "4.2") == 0; }
void check_confidence(const Found& flow) {
  CAPTURE(flow.confidence);
  CHECK((flow.confidence == "DPI (hello)" || (!is_first_release() && flow.confidence == "DPI")));
}

}  // namespace

TEST_CASE("a hello whose segments come in another order gets the label, category and name that it gets in order") {
  const auto dissector = make_dissector();
  REQUIRE(dissector != nullptr);
  for (const std::string host :
       {"www.wikipedia.org", "order.example.org", "www.google.com", "a.b.googlevideo.com", "*.facebook.com", "smtp.gmail.com", "xn--caf-dma.example", ""}) {
    const Bytes hello = host.empty() ? nameless_hello() : client_hello(host);
    for (const uint32_t address : {nobody, google}) {
      for (const uint16_t port : {443, 8443, 465, 993, 995}) {
        CAPTURE(host);
        CAPTURE(address);
        CAPTURE(port);
        const Found expected = found(*dissector, in_order({address, port}, hello));
        const Found turned = found(*dissector, turned_round({address, port}, hello));
        CHECK(turned.label == expected.label);
        CHECK(turned.category == expected.category);
        CHECK(turned.name == host);
        CHECK(turned.version == expected.version);
        CHECK(turned.guessed == "0");
        check_confidence(turned);
        CHECK(expected.confidence == "DPI");
        CHECK(expected.name == host);
      }
    }
  }
}

TEST_CASE("a hello in lower dissections than it takes to come, and one of a flow that has a label by then") {
  const auto dissector = make_dissector();
  const Found early = found(*dissector, in_order({nobody, 443}, client_hello("www.wikipedia.org")), 2);
  CHECK(early.label == "TLS.Wikipedia");
  CHECK(early.name == "www.wikipedia.org");
  CHECK(early.confidence == "DPI (hello)");
  // What dissection has found of another protocol stays, and the name is told.
  Segments mail({nobody, 25});
  mail.from_server(0, "220 mail.example.org ESMTP\r\n");
  mail.from_client(0, "EHLO client\r\n");
  mail.from_server(28, "250-mail.example.org\r\n250 STARTTLS\r\n");
  mail.from_client(13, "STARTTLS\r\n");
  mail.from_server(64, "220 go\r\n");
  const Found plain = found(*dissector, mail.batch());
  for (int i = 0; i < 20; i++) mail.from_server(72, "");
  mail.from_client(23, client_hello("www.wikipedia.org"));
  const Found late = found(*dissector, mail.batch());
  CHECK(late.label == plain.label);
  CHECK(late.confidence == plain.confidence);
  if (plain.name.empty()) CHECK(late.name == "www.wikipedia.org");
}

TEST_CASE("what is known is left alone") {
  const auto dissector = make_dissector();
  Segments segments({nobody, 443});
  segments.from_client(0, client_hello("www.wikipedia.org"));
  segments.from_server(0, server_hello());
  const Found flow = found(*dissector, segments.batch());
  CHECK(flow.label == "TLS.Wikipedia");
  CHECK(flow.confidence == "DPI");
  CHECK(flow.version == "TLSv1.2");
  const Found question = found(*dissector, datagrams({nobody, 53}, {dns_query(dns_name({"www", "example", "com"}))}));
  CHECK(question.label == "DNS");
  CHECK(question.name == "www.example.com");
  CHECK(question.confidence == "DPI");
  const Found nothing = found(*dissector, datagrams({nobody, 40001}, {"nothing"}));
  CHECK(nothing.label == "Unknown");
  CHECK(nothing.confidence == "Unknown");
  CHECK(nothing.name == "");
}

TEST_CASE("QUIC of version 2, after 0-RTT, over several packets, and a part of it") {
  const auto dissector = make_dissector();
  const Bytes early = Bytes("\xe3\x6b\x33\x43\xcf", 5) + sized8("\x83\x94\xc8\xf0\x3e\x51\x57\x08") + sized8("") + be16(0x4000 | 300) + Bytes(300, 'e');
  const struct {
    std::vector<Bytes> packets;
    const char* name;
    const char* alpn;
    const char* version;
  } cases[] = {
      {{bytes_of(client_initial_v2)}, "example.com", "alpn", "TLSv1.3"},
      {{early, bytes_of(client_initial_v2)}, "example.com", "alpn", "TLSv1.3"},
      {{bytes_of(draft_29_first), bytes_of(draft_29_second)}, "example.com", "alpn", "TLSv1.3"},
      {{bytes_of(draft_29_first)}, "", "null", "null"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.packets.size());
    CAPTURE(one.name);
    const Found flow = found(*dissector, datagrams({nobody, 443}, one.packets));
    CHECK(flow.label == "QUIC");
    CHECK(flow.category == "Web");
    CHECK(flow.name == one.name);
    CHECK(flow.guessed == "0");
    CHECK((flow.confidence == "DPI (hello)" || flow.confidence == "DPI"));
    if (*one.name != '\0') CHECK(flow.alpn == one.alpn);
    if (*one.name != '\0') CHECK(flow.version == one.version);
  }
  // The address tells the application, as in version 1.
  const Found first = found(*dissector, datagrams({google, 443}, {bytes_of(client_initial_v1)}));
  const Found second = found(*dissector, datagrams({google, 443}, {bytes_of(client_initial_v2)}));
  CHECK(second.label == first.label);
  CHECK(second.category == first.category);
  CHECK(second.name == first.name);
  CHECK(second.alpn == first.alpn);
  CHECK(second.version == first.version);
}

TEST_CASE("what nDPI knows of a hello, so that it is not looked for again") {
  const auto dissector = make_dissector();
  FlowUnderTest flow(*dissector);
  Connection connection(flow, 443);
  CHECK_FALSE(flow.knows_hello());
  connection.from_client(client_hello("www.example.org").substr(0, 60));
  CHECK_FALSE(flow.knows_hello());
  connection.from_client(client_hello("www.example.org").substr(60));
  CHECK(flow.knows_hello());
  FlowUnderTest nameless(*dissector);
  Connection other(nameless, 443);
  other.from_client(nameless_hello());
  // Releases without JA3 do not tell that they have read a hello without a name: it is read once more.
  CHECK(nameless.knows_hello() == !nameless.text(Fact::ja3).empty());
  FlowUnderTest answered(*dissector);
  Connection server_only(answered, 443);
  server_only.from_server(server_hello());
  CHECK_FALSE(answered.knows_hello());
  FlowUnderTest web(*dissector);
  Connection request(web, 80);
  request.from_client("GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
  CHECK(web.knows_hello());
}

TEST_CASE("custom rules count as nDPI counts them") {
  const TemporaryFile protocols("tcp:4443@MyPort\nhost:\"intranet.example\"@MyIntranet\nip:198.51.100.2@MyAddress\n");
  const TemporaryFile categories("shop.example\t21\n198.51.100.9\t22\n");
  const auto hosts = make_dissector({0, nullptr, categories.path()});
  const auto all = make_dissector({0, protocols.path(), categories.path()});
  REQUIRE(all != nullptr);
  const struct {
    Dissector& dissector;
    Endpoint server;
    const char* host;
  } cases[] = {
      {*hosts, {0x0a000002, 443}, "www.shop.example"}, {*hosts, {google, 443}, "www.shop.example"},      {*hosts, {0xc6336409, 443}, "www.other.example"},
      {*all, {0x0a000002, 443}, "a.intranet.example"}, {*all, {0x0a000002, 4443}, "a.intranet.example"}, {*all, {0x0a000002, 4443}, "www.wikipedia.org"},
      {*all, {nobody, 443}, "www.other.example"},      {*all, {0x0a000002, 443}, "www.shop.example"},    {*all, {0xc6336409, 443}, "www.other.example"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.server.address);
    CAPTURE(one.server.port);
    CAPTURE(one.host);
    const Found expected = found(one.dissector, in_order(one.server, client_hello(one.host)));
    const Found turned = found(one.dissector, turned_round(one.server, client_hello(one.host)));
    CHECK(turned.label == expected.label);
    CHECK(turned.category == expected.category);
    CHECK(turned.name == one.host);
  }
}
