// A conversation of two ends that shows packets to a dissector.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dissect/packet_bytes.h"
#include "engine/dissect/ndpi/ndpi_dissector.h"

namespace nfstream::test {

struct DissectorDeleter {
  void operator()(Dissector* dissector) const { nfstream_dissector_destroy(dissector); }
};
using DissectorHandle = std::unique_ptr<Dissector, DissectorDeleter>;

inline DissectorHandle make_dissector(DissectorOptions options = {~FactMask{0}, nullptr, nullptr}) {
  char error[256] = "";
  return DissectorHandle(nfstream_dissector_create(options, error, sizeof error));
}

// One flow's state in memory of exactly the size that the dissector asks for.
class FlowUnderTest {
 public:
  explicit FlowUnderTest(Dissector& dissector) : dissector_(dissector), state_(new uint64_t[(dissector.state_size() + 7) / 8]) {
    dissector_.start(state_.get());
  }
  ~FlowUnderTest() { dissector_.release(state_.get()); }
  FlowUnderTest(const FlowUnderTest&) = delete;

  // The packet lies in a block of its own size, so that a sanitizer sees a read beyond its end.
  DissectProgress feed(const Bytes& packet, uint8_t protocol) {
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[packet.size()]);
    std::copy(packet.begin(), packet.end(), exact.get());
    return dissector_.feed(state_.get(), {exact.get(), packet.size(), time_ms_ += 10, protocol});
  }
  bool knows_hello() { return dissector_.knows_hello(state_.get()); }
  Verdict verdict() { return dissector_.verdict(state_.get()); }
  Verdict give_up() {
    dissector_.give_up(state_.get());
    return verdict();
  }
  std::string label() {
    const Verdict found = verdict();
    const std::string application(dissector_.application_name(found.application));
    return found.master == 0 ? application : std::string(dissector_.application_name(found.master)) + "." + application;
  }
  std::string text(Fact fact) { return std::string(verdict().facts.text(fact)); }
  // -1 for a number that was not found.
  int64_t number(Fact fact) {
    const Verdict found = verdict();
    return found.facts.has(fact) ? found.facts.number(fact) : -1;
  }
  std::string category() { return std::string(dissector_.category_name(verdict().category)); }

 private:
  Dissector& dissector_;
  std::unique_ptr<uint64_t[]> state_;
  uint64_t time_ms_ = 1700000000000;
};

constexpr Endpoint client_end = {0x0a000001, 51000};

inline DissectProgress send_udp(FlowUnderTest& flow, Endpoint from, Endpoint to, const Bytes& payload) {
  return flow.feed(ipv4(udp, from.address, to.address, udp_body(from, to, payload)), udp);
}

// A TCP connection: the handshake is sent when it is made.
class Connection {
 public:
  Connection(FlowUnderTest& flow, uint16_t port) : flow_(flow), server_{0x0a000002, port} {
    send(true, syn, "");
    send(false, syn_ack, "");
    send(true, ack, "");
  }
  DissectProgress from_client(const Bytes& payload) { return send(true, push_ack, payload); }
  DissectProgress from_server(const Bytes& payload) { return send(false, push_ack, payload); }

 private:
  DissectProgress send(bool client, uint8_t flags, const Bytes& payload) {
    const Endpoint from = client ? client_end : server_;
    const Endpoint to = client ? server_ : client_end;
    uint32_t& sequence = client ? client_sequence_ : server_sequence_;
    const uint32_t other = client ? server_sequence_ : client_sequence_;
    const Bytes packet = ipv4(tcp, from.address, to.address, tcp_body(from, to, sequence, flags == syn ? 0 : other, flags, payload));
    sequence += payload.size() + ((flags & syn) != 0 ? 1 : 0);
    return flow_.feed(packet, tcp);
  }

  FlowUnderTest& flow_;
  Endpoint server_;
  uint32_t client_sequence_ = 1000;
  uint32_t server_sequence_ = 9000;
};

inline Bytes dns_name(const std::vector<std::string>& labels) {
  Bytes name;
  for (const auto& label : labels) name += sized8(label);
  return name + be8(0);
}

inline Bytes dns_query(const Bytes& name) { return be16(0x1234) + be16(0x0100) + be16(1) + be16(0) + be32(0) + name + be16(1) + be16(1); }

inline Bytes dns_response(const Bytes& name) {
  const Bytes answer = be16(0xc00c) + be16(1) + be16(1) + be32(60) + sized16(be32(0xc0000201));
  return be16(0x1234) + be16(0x8180) + be16(1) + be16(1) + be32(0) + name + be16(1) + be16(1) + answer;
}

// The extensions 0, 10, 11 and 13, four cipher suites.
inline Bytes client_hello(const std::string& host) {
  const Bytes server_name = be16(0) + sized16(sized16(be8(0) + sized16(host)));
  const Bytes groups = be16(10) + sized16(sized16(be16(29) + be16(23)));
  const Bytes formats = be16(11) + sized16(sized8(be8(0)));
  const Bytes signatures = be16(13) + sized16(sized16(be16(0x0403) + be16(0x0804)));
  const Bytes suites = be16(4865) + be16(49195) + be16(49199) + be16(47);
  const Bytes hello = be16(0x0303) + Bytes(32, 'r') + sized8("") + sized16(suites) + sized8(be8(0)) + sized16(server_name + groups + formats + signatures);
  return be8(22) + be16(0x0301) + sized16(be8(1) + sized24(hello));
}

// Cipher suite 49199, the extensions 65281 and 11.
inline Bytes server_hello() {
  const Bytes extensions = be16(65281) + sized16(sized8("")) + be16(11) + sized16(sized8(be8(0)));
  const Bytes hello = be16(0x0303) + Bytes(32, 's') + sized8("") + be16(49199) + be8(0) + sized16(extensions);
  return be8(22) + be16(0x0303) + sized16(be8(2) + sized24(hello));
}

}  // namespace nfstream::test
