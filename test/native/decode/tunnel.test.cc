#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes inner = ipv4(17, udp(1111, 53, zeros(20)));
const Bytes inner_data = snap(0x0800, inner);
const Bytes station = ieee80211("0801", inner_data);

struct Ordinary {
  std::string name;
  unsigned port;
  Bytes payload;
};

}  // namespace

TEST_CASE("what only looks like a tunnel stays in its own flow, whole") {
  const Bytes too_long = ipv4(17, udp(1111, 53, zeros(20)), {0, 0, 49});
  const Ordinary cases[] = {
      {"GTP, empty", 2152, {}},
      {"GTP echo request", 2152, gtp(inner, 0x32, 1, zeros(4))},
      {"GTP prime", 2152, gtp(inner, 0x20)},
      {"GTP version 2", 2152, gtp(inner, 0x50)},
      {"GTP length beyond the payload", 2152, hex("30ff 0100 00000000") + inner},
      {"GTP inner packet longer than its room", 2152, gtp(too_long)},
      {"GTP with something else inside", 2152, gtp(zeros(60))},
      {"GTP options that are not there", 2152, gtp(hex("0000"), 0x32)},
      {"GTP extension of length 0", 2152, gtp(inner, 0x34, 0xff, hex("0000 0085 00000000"))},
      {"GTP extension beyond the end", 2152, gtp(hex("40"), 0x34, 0xff, hex("0000 0085"))},
      {"GTP extension behind the end", 2152, hex("34ff 0004 00000000 00000085 01000000") + inner},
      {"GTP extension across the end", 2152, hex("34ff 0006 00000000 00000085 01000000") + inner},
      {"GTP with malformed IPv6 options", 2152, gtp(ipv6(0, extension(17, zeros(8), 2), 16))},
      {"GTP with malformed IP in IP", 2152, gtp(ipv4(4, zeros(30)))},
      {"CAPWAP port, text", 5247, hex("47455420 2f20 4854 5450") + zeros(40)},
      {"CAPWAP port, low nibble 0", 5247, hex("10080000 00000000") + station},
      {"CAPWAP port, zeros", 5247, zeros(100)},
      {"CAPWAP port, one byte", 5247, zeros(1)},
      {"CAPWAP under DTLS", 5247, hex("01000000") + zeros(80)},
      {"CAPWAP keep-alive", 5247, capwap(capwap_native | 0x08, station)},
      {"CAPWAP of another radio", 5247, capwap(0x500, station)},
      {"CAPWAP header shorter than one", 5247, hex("00080300") + station},
      {"CAPWAP header longer than the payload", 5247, hex("00f80300 00000000") + zeros(8)},
      {"CAPWAP, later fragment", 5247, hex("00100380 00010008") + station},
      {"CAPWAP with ARP", 5247, capwap(capwap_native, ieee80211("0801", snap(0x0806, zeros(28))))},
      {"CAPWAP with a null frame", 5247, capwap(capwap_native, ieee80211("4801", zeros(40)))},
      {"CAPWAP with Ethernet without IP", 5247, capwap(0, ethernet(0x0806, zeros(28)))},
      {"TZSP port, text", 37008, hex("68656c6c6f20776f726c64")},
      {"TZSP port, empty", 37008, {}},
      {"TZSP of another version", 37008, hex("02000001 01") + ethernet(0x0800, inner)},
      {"TZSP keep-alive", 37008, hex("01040000 01")},
      {"TZSP without an end tag", 37008, tzsp(1, hex("00000000"), {})},
      {"TZSP tag beyond the end", 37008, tzsp(1, hex("0aff"), ethernet(0x0800, inner))},
      {"TZSP tag without a length", 37008, tzsp(1, hex("0a"), {})},
      {"TZSP of an unknown link layer", 37008, tzsp(119, hex("01"), ethernet(0x0800, inner))},
      {"TZSP with ARP", 37008, tzsp(1, hex("01"), ethernet(0x0806, zeros(28)))},
  };
  for (const Ordinary& ordinary : cases) {
    for (const bool reversed : {false, true}) {
      CAPTURE(ordinary.name);
      CAPTURE(reversed);
      const Bytes datagram = reversed ? udp(40000, ordinary.port, ordinary.payload) : udp(ordinary.port, 40000, ordinary.payload);
      const PacketRecord record = decoded(ethernet(0x0800, ipv4(17, datagram)));
      CHECK(reason_of(record) == IgnoreReason::none);
      CHECK(record.tunnel_id() == 0);
      CHECK(record.l3_offset == 14);
      CHECK(record.protocol == 17);
      CHECK(record.src_port == (reversed ? 40000 : ordinary.port));
      CHECK(record.payload_size == ordinary.payload.size());
      CHECK(record.src_mac_offset == 6);
    }
  }
}

TEST_CASE("a tunnel ends where its UDP packet ends, not where the capture does") {
  const Bytes ethernet_frame = ethernet(0x0800, inner);
  const std::pair<unsigned, Bytes> cases[] = {
      {2152, gtp(inner)},
      {2152, gtp(inner, 0x32, 0xff, zeros(4))},
      {2152, gtp(inner, 0x34, 0xff, hex("0000 0085 01000000"))},
      {5247, hex("00480300") + zeros(32) + station},
      {37008, tzsp(1, hex("00 0a0100 00 01"), ethernet_frame)},
  };
  for (const auto& [port, payload] : cases) {
    CAPTURE(port);
    for (unsigned length = 0; length <= 8 + payload.size(); ++length) {
      Bytes datagram = udp(port, 40000, payload);
      datagram[5] = static_cast<uint8_t>(length);
      CAPTURE(length);
      // All that a tunnel's header needs must be inside; GTP also tells its inner packet's length. A length below 8 says nothing.
      const unsigned needed = port == 2152 ? 8 + static_cast<unsigned>(payload.size()) : port == 5247 ? 8 + 36 : 8 + 10;
      const bool whole = length < 8 || length >= needed;
      CHECK((decoded(ipv4(17, datagram), 101).tunnel_id() != 0) == whole);
    }
  }
}

TEST_CASE("a UDP length of 0 does not make room for what IP has not") {
  Bytes datagram = udp(2152, 40000, gtp(inner));
  datagram[4] = datagram[5] = 0;
  const Bytes cut(datagram.begin(), datagram.end() - 1);
  CHECK(decoded(ipv4(17, datagram), 101).tunnel_id() == 1);
  CHECK(decoded(ipv4(17, cut), 101).tunnel_id() == 0);
}

TEST_CASE("TCP on a tunnel's port is TCP") { CHECK(decoded(ipv4(6, tcp(2152, 2152, gtp(inner))), 101).tunnel_id() == 0); }

TEST_CASE("an inner packet that is not counted is ignored by its own reason") {
  const Bytes later = ipv4(17, zeros(28), {0, 0x0005});
  const Bytes frames[] = {
      ipv4(17, udp(2152, 2152, gtp(later))),
      ipv4(17, udp(5247, 1, capwap(capwap_native, ieee80211("0801", snap(0x0800, later))))),
      ipv4(17, udp(37008, 1, tzsp(1, hex("01"), ethernet(0x0800, later)))),
      ipv4(17, udp(2152, 2152, gtp(ipv6(44, ipv6_fragment(17, 8, zeros(8)))))),
  };
  for (const Bytes& frame : frames) CHECK(reason_of(decoded(frame, 101)) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(ipv4(17, udp(2152, 2152, gtp(ipv6(59, zeros(8))))), 101)) == IgnoreReason::no_next_header);
}

TEST_CASE("the first fragment of an outer packet tells the inner flow") {
  const Bytes datagram = udp(2152, 2152, gtp(ipv4(17, udp(1111, 53, zeros(400)))));
  const Bytes first(datagram.begin(), datagram.begin() + 200);
  const PacketRecord record = decoded(ipv4(17, first, {0, 0x2000}), 101);
  CHECK(record.tunnel_id() == 1);
  CHECK(record.src_port == 1111);
  CHECK(record.ip_size == 428);
  // Unfragmented, the same length field says more than there is.
  CHECK(decoded(ipv4(17, first), 101).tunnel_id() == 0);
}

TEST_CASE("only the outermost tunnel is opened") {
  const Bytes twice = gtp(ipv4(17, udp(2152, 2152, gtp(inner))));
  const PacketRecord record = decoded(ipv4(17, udp(2152, 2152, twice)), 101);
  CHECK(record.tunnel_id() == 1);
  CHECK(record.l3_offset == 36);
  CHECK(record.src_port == 2152);
}
