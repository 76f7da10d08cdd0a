#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <thread>

#include "dissect/allocated_bytes.h"
#include "dissect/ndpi_packets.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr Endpoint resolver = {0x0a000035, 53};

// Every kind of memory that nDPI hangs on a flow's state: reassembly buffers, header fields, certificates' names.
void dissect_one_of_each(Dissector& dissector) {
  FlowUnderTest web(dissector);
  Connection http(web, 80);
  http.from_client("GET /a HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\n\r\n");
  http.from_server("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n");
  FlowUnderTest secure(dissector);
  Connection tls(secure, 443);
  tls.from_client(client_hello("www.wikipedia.org"));
  tls.from_server(server_hello());
  FlowUnderTest cut(dissector);
  Connection half(cut, 443);
  half.from_client(client_hello("www.wikipedia.org").substr(0, 60));
  FlowUnderTest names(dissector);
  send_udp(names, client_end, resolver, dns_query(dns_name({"www", "example", "com"})));
}

int labelled_flows(int count) {
  const auto dissector = make_dissector();
  if (dissector == nullptr) return -1;
  int labelled = 0;
  for (int i = 0; i < count; i++) {
    FlowUnderTest flow(*dissector);
    Connection connection(flow, 443);
    connection.from_client(client_hello("www.wikipedia.org"));
    labelled += flow.label() == "TLS.Wikipedia" ? 1 : 0;
  }
  return labelled;
}

}  // namespace

TEST_CASE("the module says its ABI and its release") {
  CHECK(nfstream_dissector_abi() == dissector_abi);
  CHECK(std::strlen(nfstream_dissector_version()) > 2);
}

TEST_CASE("a state is small, and memory that held another one is no hindrance") {
  const auto dissector = make_dissector();
  CHECK(dissector->state_size() % 8 == 0);
  if (std::strncmp(nfstream_dissector_version(), "4.2", 3) == 0) CHECK(dissector->state_size() <= 704);
  std::vector<uint64_t> memory(dissector->state_size() / 8, 0xa5a5a5a5a5a5a5a5u);
  dissector->start(memory.data());
  CHECK(dissector->verdict(memory.data()).application == 0);
  CHECK(dissector->verdict(memory.data()).facts.text(Fact::server_name).empty());
  dissector->release(memory.data());
}

TEST_CASE("names: as nDPI has them, and of numbers that it never gave") {
  const auto dissector = make_dissector();
  CHECK(dissector->application_name(0) == "Unknown");
  CHECK(dissector->application_name(60000) == "Unknown");
  CHECK(dissector->application_name(65535) == "Unknown");
  CHECK(dissector->category_name(0) == "Unspecified");
  CHECK(dissector->category_name(50000) == "Unspecified");
  std::set<std::string_view> applications;
  std::set<std::string_view> categories;
  for (unsigned id = 0; id < 1000; id++) {
    CHECK(dissector->application_name(id).size > 0);
    CHECK(dissector->category_name(id).size > 0);
    applications.insert(dissector->application_name(id));
    categories.insert(dissector->category_name(id));
  }
  CHECK(applications.size() > 250);
  CHECK(applications.count("DNS") == 1);
  CHECK(categories.count("Network") == 1);
  // A name is the same memory every time: callers keep it.
  CHECK(dissector->application_name(5).data == dissector->application_name(5).data);
}

TEST_CASE("confidence: nfstream's codes by nDPI's names") {
  CHECK(ndpi::confidence_code("Unknown") == 0);
  CHECK(ndpi::confidence_code("Match by port") == 1);
  CHECK(ndpi::confidence_code("nBPF") == 2);
  CHECK(ndpi::confidence_code("DPI (partial)") == 3);
  CHECK(ndpi::confidence_code("DPI (partial cache)") == 4);
  CHECK(ndpi::confidence_code("DPI (cache)") == 5);
  CHECK(ndpi::confidence_code("DPI") == 6);
  CHECK(ndpi::confidence_code("Match by IP") == 7);
  CHECK(ndpi::confidence_code("DPI (aggressive)") == 100);
  CHECK(ndpi::confidence_code("Match by custom rule") == 101);
  CHECK(ndpi::confidence_code("of tomorrow") == 199);
  CHECK(ndpi::confidence_code(nullptr) == 199);
}

TEST_CASE("a library that is laid out otherwise than the headers is told from one that is not") {
  CHECK(ndpi::layout_mismatch({688, 8668}, {688, 8668}) == "");
  CHECK(ndpi::layout_mismatch({688, 8668}, {840, 8668}) ==
        "The libndpi that is loaded (840 bytes a flow, API version 8668) is not the one that the addon was built for "
        "(688 bytes a flow, API version 8668); build the addon again.");
  CHECK(ndpi::layout_mismatch({688, 8668}, {688, 9000}) != "");
}

TEST_CASE("release gives back everything that a flow's dissection took") {
  const auto dissector = make_dissector();
  // The first flows make the module's own caches.
  dissect_one_of_each(*dissector);
  CHECK_FALSE(grows([&] { dissect_one_of_each(*dissector); }));
}

TEST_CASE("modules are created and destroyed without growth") {
  const auto round = [] {
    const auto dissector = make_dissector();
    dissect_one_of_each(*dissector);
  };
  round();
  CHECK_FALSE(grows(round));
}

TEST_CASE("a module begins a new run only when it has learnt nothing that could change a label of it") {
  const auto dissector = make_dissector();
  CHECK(dissector->renew());
  {
    FlowUnderTest names(*dissector);
    send_udp(names, client_end, resolver, dns_query(dns_name({"www", "example", "com"})));
  }
  // Releases from 4.5 on do not let us know.
  const bool knows = std::strncmp(nfstream_dissector_version(), "4.2", 3) == 0 || std::strncmp(nfstream_dissector_version(), "4.4", 3) == 0;
  CHECK(dissector->renew() == knows);
  {
    // A peer of BitTorrent is remembered, and what it sends to others is taken for BitTorrent, too.
    FlowUnderTest peer(*dissector);
    Connection connection(peer, 6881);
    connection.from_client(
        "\x13"
        "BitTorrent protocol" +
        Bytes(8, '\0') + Bytes(40, 'x'));
    CHECK(peer.label() == "BitTorrent");
  }
  CHECK_FALSE(dissector->renew());
  CHECK_FALSE(dissector->renew());
}

TEST_CASE("two modules work in two threads, made and destroyed at the same time") {
  int first = 0;
  int second = 0;
  std::thread one([&] { first = labelled_flows(300); });
  std::thread two([&] { second = labelled_flows(300); });
  one.join();
  two.join();
  CHECK(first == 300);
  CHECK(second == 300);
}
