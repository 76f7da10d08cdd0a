#include <doctest/doctest.h>

#include <string>

#include "dissect/raw_batch.h"
#include "meter/rows.h"
#include "ssh/exchanges.h"
#include "tls/hex.h"
#include "tls/quic_packets.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr Endpoint client = {0x0a000001, 51000};
constexpr Endpoint server = {0x0a000002, 443};

// Has a name from its nth packet on, and counts what it is asked.
class FakeDissector : public Dissector {
 public:
  explicit FakeDissector(int named_at) : named_at_(named_at) {}

  size_t state_size() const noexcept override { return sizeof(int); }
  void start(void* state) noexcept override { *static_cast<int*>(state) = 0; }
  DissectProgress try_feed(void* state, const DissectInput&) noexcept override {
    ++*static_cast<int*>(state);
    return DissectProgress::partial;
  }
  void try_give_up(void*) noexcept override {}
  Verdict try_verdict(void* state) noexcept override {
    Verdict made;
    made.application = 7;
    made.confidence = 6;
    made.by_address = {9, 8};
    if (knows_hello(state)) made.facts.set(Fact::server_name, "known.example");
    made.facts.set(Fact::tls_version, "TLSv1.3");
    made.facts.set(Fact::user_agent, "agent");
    return made;
  }
  bool knows_hello(const void* state) const noexcept override { return *static_cast<const int*>(state) >= named_at_; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello& hello) noexcept override {
    asked++;
    CHECK(found.application == 7);
    CHECK(found.confidence == 6);
    CHECK(hello.by_address.application == 9);
    CHECK(hello.by_address.category == 8);
    CHECK(hello.ports[0] + hello.ports[1] == client.port + server.port);
    kind = hello.kind;
    name = hello.server_name;
    return {5, 7, 3, false, hello_confidence};
  }
  void release(void*) noexcept override {}
  TextView application_name(uint16_t application) const noexcept override { return application == 5 ? "TLS" : application == 7 ? "Shop" : "Unknown"; }
  TextView category_name(uint16_t category) const noexcept override { return category == 3 ? "Web" : "Unspecified"; }
  TextView breed_name(uint16_t) const noexcept override { return "Fun"; }
  TextView confidence_name(uint8_t) const noexcept override { return "DPI"; }
  bool renew() noexcept override { return true; }

  int asked = 0;
  ReadHello::Kind kind{};
  std::string name;

 private:
  int named_at_;
};

Bytes bytes_of(const char* hex) {
  const auto bytes = from_hex(hex);
  return {bytes.begin(), bytes.end()};
}

Bytes datagram(const Bytes& payload) { return ipv4(udp, client.address, server.address, udp_body(client, server, payload)); }
Bytes segment(uint32_t number, const Bytes& payload, uint8_t flags = push_ack) {
  return ipv4(tcp, client.address, server.address, tcp_body(client, server, number, 1, flags, payload));
}

Bytes hello() {
  const Bytes name = be16(0) + sized16(sized16(be8(0) + sized16("Shop.Example")));
  const Bytes protocols = be16(16) + sized16(sized16(sized8("h2")));
  const Bytes body = be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(be16(0x1301)) + sized8(be8(0)) + sized16(name + protocols);
  return be8(22) + be16(0x0301) + sized16(be8(1) + sized24(body));
}

const std::vector<std::string> columns = {"application_name", "application_confidence", "requested_server_name", "tls_alpn", "tls_version", "user_agent"};
using Row = std::vector<std::string>;

Row row_of(Dissector& dissector, const RawBatch& batch, const std::vector<std::string>& more = {}, unsigned dissections = 20) {
  MeterOptions options;
  options.dissections = dissections;
  std::vector<std::string> names = columns;
  names.insert(names.end(), more.begin(), more.end());
  options.columns = columns_named(names);
  const TextRows rows = rows_of(options, batch.view(), {&dissector});
  REQUIRE(rows.size() == 1);
  return rows[0];
}

const Row by_hello = {"TLS.Shop", "110", "shop.example", "h2", "TLSv1.3", "agent"};
const Row as_dissected = {"Shop", "6", "", "null", "TLSv1.3", "agent"};

}  // namespace

TEST_CASE("a hello completes what dissection found, and only what it did not find") {
  RawBatch batch;
  batch.add(segment(100, hello().substr(0, 40)));
  batch.add(segment(140, hello().substr(40)));
  FakeDissector nameless(100);
  CHECK(row_of(nameless, batch) == by_hello);
  CHECK(nameless.asked == 1);
  CHECK(nameless.name == "shop.example");
  CHECK(nameless.kind == ReadHello::Kind::tls);
  for (const int at : {1, 2}) {
    FakeDissector named(at);
    CHECK(row_of(named, batch) == Row{"Shop", "6", "known.example", "null", "TLSv1.3", "agent"});
    CHECK(named.asked == 0);
    // JA4 is told of every hello.
    const Row row = row_of(named, batch, {"ja4"});
    CHECK(row[2] == "known.example");
    CHECK(row[6].substr(0, 10) == "t12d0102h2");
    CHECK(named.asked == 0);
  }
}

TEST_CASE("a hello is looked for in the first 64 packets, however many are dissected") {
  for (const unsigned dissections : {1, 20, 200}) {
    for (const int before : {0, 30, 63, 64}) {
      CAPTURE(dissections);
      CAPTURE(before);
      RawBatch batch;
      for (int i = 0; i < before; i++) batch.add(segment(100, "", ack));
      batch.add(segment(100, hello()));
      FakeDissector nameless(1000);
      CHECK(row_of(nameless, batch, {}, dissections) == (before < 64 ? by_hello : as_dissected));
    }
    // What has begun by then is not waited for, and Initial packets that wait are opened.
    RawBatch late;
    for (int i = 0; i < 63; i++) late.add(segment(100, "", ack));
    late.add(segment(100, hello().substr(0, 40)));
    late.add(segment(140, hello().substr(40)));
    FakeDissector nameless(1000);
    CHECK(row_of(nameless, late, {}, dissections) == as_dissected);
  }
  RawBatch initials;
  for (int i = 0; i < 63; i++) initials.add(datagram("x"));
  initials.add(datagram(bytes_of(client_initial_v1)));
  initials.add(datagram("x"));
  FakeDissector nameless(1000);
  CHECK(row_of(nameless, initials, {}, 200)[2] == "example.com");
  CHECK(nameless.kind == ReadHello::Kind::quic);
}

TEST_CASE("QUIC: packets wait for the dissection, which may find the name; a part of a hello tells that it is QUIC") {
  RawBatch whole;
  whole.add(datagram(bytes_of(client_initial_v2)));
  whole.add(datagram("x"));
  FakeDissector later(2);
  CHECK(row_of(later, whole)[2] == "known.example");
  CHECK(later.asked == 0);
  RawBatch part;
  part.add(datagram(bytes_of(draft_29_first)));
  FakeDissector nameless(100);
  CHECK(row_of(nameless, part) == Row{"TLS.Shop", "110", "", "null", "TLSv1.3", "agent"});
  CHECK(nameless.kind == ReadHello::Kind::quic);
  CHECK(nameless.name == "");
  RawBatch none;
  none.add(datagram(Bytes("\xc0\x00\x00\x00\x01", 5) + Bytes(1195, 'x')));
  FakeDissector unasked(100);
  CHECK(row_of(unasked, none) == as_dissected);
  CHECK(unasked.asked == 0);
}

TEST_CASE("facts of a hello that no column needs are not kept, and a meter that is dropped frees what it gathers") {
  RawBatch batch;
  batch.add(segment(100, hello()));
  FakeDissector nameless(100);
  MeterOptions options;
  options.columns = columns_named({"application_name"});
  CHECK(rows_of(options, batch.view(), {&nameless}) == TextRows{{"TLS.Shop"}});
  RawBatch begun;
  begun.add(segment(100, hello().substr(0, 40)));
  begun.add(datagram(bytes_of(draft_29_first)));
  options.columns = columns_named({"ja4", "hassh"});
  MeterGroup dropped(options, {&nameless});
  REQUIRE(dropped.feed({begun.view()}) == MeterStatus::done);
  CHECK(dropped.open_flows() == 2);
}

TEST_CASE("HASSH of a flow, with and without dissection, and of its first 64 packets") {
  const OfferedAlgorithms offered = {"curve25519-sha256,diffie-hellman-group14-sha256", {"aes128-ctr,aes256-ctr", ""}, {"hmac-sha2-256", ""}, {"none", ""}};
  const Bytes stream = "SSH-2.0-x\r\n" + key_exchange(offered);
  for (const int before : {0, 62, 63}) {
    CAPTURE(before);
    RawBatch batch;
    for (int i = 0; i < before; i++) batch.add(segment(100, "", ack));
    batch.add(segment(100, stream.substr(0, 30)));
    batch.add(segment(130, stream.substr(30)));
    MeterOptions options;
    options.columns = columns_named({"hassh", "hassh_server"});
    const std::string expected = before < 63 ? "e43f5f36f5e718da5a7810ac99fa0938" : "null";
    for (const unsigned dissections : {0, 20}) {
      FakeDissector dissector(100);
      options.dissections = dissections;
      CHECK(rows_of(options, batch.view(), {&dissector}) == TextRows{{expected, "null"}});
    }
  }
}
