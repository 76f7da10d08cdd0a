#include <doctest/doctest.h>

#include <string>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

struct Case {
  std::string name;
  Bytes packet;
  unsigned src_port, dst_port, transport_size, payload_size, flags;
};

}  // namespace

TEST_CASE("ports, sizes and flags by protocol") {
  const Case cases[] = {
      {"TCP with options", ipv4(6, tcp(80, 9, zeros(100), 0x12, 8)), 80, 9, 132, 100, 0x12},
      {"TCP with all flags", ipv4(6, tcp(80, 9, {}, 0xff)), 80, 9, 20, 0, 0xff},
      {"TCP whose header is longer than the packet", ipv4(6, tcp(80, 9, zeros(8), 0x10, 15), {0, 0, 48}), 80, 9, 28, 0, 0x10},
      {"TCP shorter than its header", ipv4(6, hex("0050 0009 00000000 00000000 5002")), 0, 0, 0, 0, 0},
      {"UDP", ipv6(17, udp(53, 65535, zeros(100))), 53, 65535, 108, 100, 0},
      {"UDP without payload", ipv4(17, udp(1, 2, {})), 1, 2, 8, 0, 0},
      {"UDP shorter than its header", ipv4(17, hex("0050 0009 0000")), 0, 0, 0, 0, 0},
      {"ICMP", ipv4(1, hex("0800") + zeros(62)), 0, 0, 64, 56, 0},
      {"ICMP of 4 bytes", ipv4(1, hex("08000000")), 0, 0, 4, 0, 0},
      {"ICMPv6", ipv6(58, hex("8000") + zeros(62)), 0, 0, 64, 56, 0},
      {"SCTP", ipv4(132, hex("0050 0009") + zeros(60)), 0, 0, 0, 0, 0},
      {"GRE", ipv4(47, hex("0000 0800") + zeros(60)), 0, 0, 0, 0, 0},
      {"an unassigned protocol", ipv4(253, zeros(60)), 0, 0, 0, 0, 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    const PacketRecord record = decoded(each.packet, 101);
    CHECK(reason_of(record) == IgnoreReason::none);
    CHECK(record.src_port == each.src_port);
    CHECK(record.dst_port == each.dst_port);
    CHECK(record.transport_size() == each.transport_size);
    CHECK(record.payload_size == each.payload_size);
    CHECK(record.tcp_flags == each.flags);
    CHECK(record.l4_offset == (record.ip_version() == 4 ? 20 : 40));
  }
}

TEST_CASE("ports need four captured bytes") {
  for (const Bytes& whole : {ipv4(6, tcp(1, 2, zeros(50))), ipv4(17, udp(1, 2, zeros(50)))}) {
    CHECK(reason_of(decoded(Bytes(whole.begin(), whole.begin() + 23), 101, nfstream_tunnels, 100)) == IgnoreReason::truncated);
    const PacketRecord record = decoded(Bytes(whole.begin(), whole.begin() + 24), 101, nfstream_tunnels, 100);
    CHECK(reason_of(record) == IgnoreReason::none);
    CHECK(record.dst_port == 2);
    CHECK(record.tcp_flags == 0);
    CHECK(record.payload_size == 50);
  }
}

TEST_CASE("a protocol without ports needs no more than the IP header") {
  const Bytes whole = ipv4(1, hex("0800") + zeros(62));
  const PacketRecord record = decoded(Bytes(whole.begin(), whole.begin() + 20), 101, nfstream_tunnels, 84);
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.l4_offset == 0);
  CHECK(record.transport_size() == 64);
  CHECK(record.payload_size == 56);
}

TEST_CASE("options are part of the IP header that is needed") {
  const Bytes whole = ipv4(1, hex("0800") + zeros(62), {8});
  CHECK(reason_of(decoded(Bytes(whole.begin(), whole.begin() + 27), 101, nfstream_tunnels, 92)) == IgnoreReason::truncated);
  CHECK(reason_of(decoded(Bytes(whole.begin(), whole.begin() + 28), 101, nfstream_tunnels, 92)) == IgnoreReason::none);
}
