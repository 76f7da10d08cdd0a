#include <doctest/doctest.h>

#include <string>

#include "decode/packet_builder.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

const Bytes datagram = udp(1111, 53, zeros(92));

struct Case {
  std::string name;
  Bytes packet;
  IgnoreReason reason;
};

void check_reasons(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    CAPTURE(each.name);
    CHECK(reason_of(decoded(each.packet, 101)) == each.reason);
  }
}

Bytes with_byte(Bytes packet, size_t at, unsigned value) {
  packet[at] = static_cast<uint8_t>(value);
  return packet;
}

}  // namespace

TEST_CASE("headers that contradict themselves are malformed") {
  const Bytes v4 = ipv4(17, datagram);
  check_reasons({
      {"IHL below 5", with_byte(v4, 0, 0x44), IgnoreReason::malformed},
      {"total length below the header", ipv4(17, datagram, {0, 0, 19}), IgnoreReason::malformed},
      {"total length below the header with options", ipv4(17, datagram, {20, 0, 39}), IgnoreReason::malformed},
      {"options that were not captured", Bytes{0x4f} + be16(0)+ zeros(17), IgnoreReason::malformed},
      {"extension header beyond the payload length", ipv6(0, extension(17, datagram, 2), 16), IgnoreReason::malformed},
      {"extension header in no payload", ipv6(60, extension(17, datagram), 7), IgnoreReason::malformed},
      {"no room for an extension header", ipv6(60, zeros(4)), IgnoreReason::malformed},
      {"protocol 4 before IPv6", ipv4(4, ipv6(17, datagram)), IgnoreReason::malformed},
      {"protocol 41 before IPv4", ipv4(41, ipv4(17, datagram)), IgnoreReason::malformed},
      {"malformed IP in IP", ipv4(4, with_byte(v4, 0, 0x43)), IgnoreReason::malformed},
  });
}

TEST_CASE("fragments: the first is a packet, the others are ignored, at every depth and on every link type") {
  const Bytes later_v4 = ipv4(17, datagram, {0, 0x0001});
  const Bytes later_v6 = ipv6(44, ipv6_fragment(17, 8, datagram));
  check_reasons({
      {"first of IPv4", ipv4(17, datagram, {0, 0x2000}), IgnoreReason::none},
      {"do not fragment", ipv4(17, datagram, {0, 0x4000}), IgnoreReason::none},
      {"later of IPv4", later_v4, IgnoreReason::fragment},
      {"last of IPv4", ipv4(17, datagram, {0, 0x1fff}), IgnoreReason::fragment},
      {"first of IPv6", ipv6(44, ipv6_fragment(17, 1, datagram)), IgnoreReason::none},
      {"the only one of IPv6", ipv6(44, ipv6_fragment(17, 0, datagram)), IgnoreReason::none},
      {"later of IPv6", later_v6, IgnoreReason::fragment},
      {"later of IPv6 behind options", ipv6(0, extension(44, ipv6_fragment(17, 0xfff9, datagram))), IgnoreReason::fragment},
      {"later one inside IP", ipv4(4, later_v4), IgnoreReason::fragment},
      {"later one of what carries IP", ipv4(4, ipv4(17, datagram), {0, 0x0001}), IgnoreReason::fragment},
  });
  CHECK(reason_of(decoded(le32(2) + later_v4, 0)) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(hex("ff03 0021") + later_v4, 9)) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(ethernet(100, snap(0x0800, later_v4)))) == IgnoreReason::fragment);
  CHECK(reason_of(decoded(ethernet(0x8847, mpls(1, true, later_v6)))) == IgnoreReason::fragment);
}

TEST_CASE("next header 59 has its own reason") {
  check_reasons({
      {"at once", ipv6(59, zeros(8)), IgnoreReason::no_next_header},
      {"behind options", ipv6(0, extension(59, {})), IgnoreReason::no_next_header},
  });
}

TEST_CASE("a length of 0, as segmentation offload leaves it, means the rest of the frame") {
  PacketRecord record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, zeros(1000)), {0, 0, 0})));
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.ip_size == 1040);
  CHECK(record.payload_size == 1000);
  // Cut by the snapshot length, and longer than 16 bits can tell.
  record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, {}), {0, 0, 0})), 1, nfstream_tunnels, 70014);
  CHECK(record.ip_size == 70000);
  CHECK(record.transport_size == 65535);
  CHECK(record.payload_size == 65535);
  record = decoded(ethernet(0x86dd, ipv6(6, tcp(1, 2, zeros(1000)), 0)));
  CHECK(record.ip_size == 1060);
  CHECK(record.payload_size == 1000);
}

TEST_CASE("sizes come from the headers, not from padding and not from what was captured") {
  PacketRecord record = decoded(ethernet(0x0800, ipv4(6, tcp(1, 2, {}))) + zeros(6));
  CHECK(record.ip_size == 40);
  CHECK(record.transport_size == 20);
  CHECK(record.payload_size == 0);
  record = decoded(ipv4(17, udp(1, 2, zeros(4)), {0, 0, 1500}), 101);
  CHECK(record.ip_size == 1500);
  CHECK(record.transport_size == 1480);
  CHECK(record.payload_size == 1472);
  record = decoded(ipv6(0, extension(17, datagram)), 101);
  CHECK(record.ip_size == 148);
  CHECK(record.transport_size == 100);
  CHECK(record.payload_size == 92);
}

TEST_CASE("nested deeper than eight headers, a packet counts as what is at that depth") {
  Bytes packet = ipv4(17, datagram);
  for (int depth = 1; depth < 9; ++depth) packet = ipv4(4, packet);
  const PacketRecord record = decoded(packet, 101);
  CHECK(reason_of(record) == IgnoreReason::none);
  CHECK(record.protocol == 4);
  CHECK(record.l3_offset == 140);
  CHECK(record.tunnel_id() == 0);
}

TEST_CASE("ESP ends the headers, and an authentication header does so in IPv4") {
  CHECK(decoded(ipv6(0, extension(50, zeros(40))), 101).protocol == 50);
  CHECK(decoded(ipv4(51, Bytes{17, 4} + zeros(60)), 101).protocol == 51);
}

TEST_CASE("headers beyond what an offset can tell are malformed") {
  const Bytes deep = ethernet(0x86dd, ipv6(0, zeros(65535 - 54)));
  const Bytes labels = zeros(4 * 16500);
  CHECK(reason_of(decoded(ethernet(0x8847, labels + mpls(1, true, ipv4(17, datagram))))) == IgnoreReason::malformed);
  CHECK(reason_of(decoded(deep)) != IgnoreReason::none);
}
