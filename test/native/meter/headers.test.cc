#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/columns/syn_text.h"
#include "meter/connection.h"
#include "meter/frames.h"
#include "meter/rows.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

using Row = std::vector<std::string>;

constexpr int64_t ms = 1000000;

Row row_of(const std::vector<std::string>& names, const PacketBatchView& batch) {
  const TextRows rows = rows_of(endless(names), batch);
  REQUIRE(rows.size() == 1);
  return rows[0];
}

// Of one packet that was decoded with these tunnels.
Row tags_of(const Bytes& frame, TunnelSet tunnels = nfstream_tunnels, unsigned link_type = 1) {
  FrameBatch batch;
  batch.data = frame;
  batch.records.push_back(decoded(frame, link_type, tunnels));
  return row_of({"vlan_ids", "mpls_labels"}, batch.view());
}

const Bytes datagram = ipv4(17, udp(1000, 53, zeros(8)));

// Which EtherType a VLAN tag has inside another.
Bytes vlans(unsigned first, unsigned count) {
  Bytes inside = vlan(first + count - 1, 0x0800, datagram);
  for (unsigned at = count - 1; at-- > 0;) inside = vlan(first + at, 0x8100, inside);
  return inside;
}

}  // namespace

TEST_CASE("stacks of tags from the outside in") {
  const Bytes labelled = mpls(100, false, mpls(200, true, datagram));
  const Bytes tenant = ipv4(17, udp(5000, 4789, vxlan(7, ethernet(0x8100, vlan(30, 0x0800, datagram)))));
  const struct {
    const char* what;
    Bytes frame;
    TunnelSet tunnels;
    Row row;
  } cases[] = {
      {"none", ethernet(0x0800, datagram), nfstream_tunnels, {"null", "null"}},
      {"one, its priority apart", ethernet(0x8100, vlan(0xe000 | 5, 0x0800, datagram)), nfstream_tunnels, {"5", "null"}},
      {"a priority tag", ethernet(0x8100, vlan(0, 0x0800, datagram)), nfstream_tunnels, {"0", "null"}},
      {"two", ethernet(0x88a8, vlan(10, 0x8100, vlan(20, 0x0800, datagram))), nfstream_tunnels, {"10;20", "null"}},
      {"more than are told", ethernet(0x8100, vlans(1, 10)), nfstream_tunnels, {"1;2;3;4;5;6;7;8", "null"}},
      {"labels", ethernet(0x8847, labelled), nfstream_tunnels, {"null", "100;200"}},
      {"labels behind a VLAN", ethernet(0x8100, vlan(9, 0x8847, labelled)), nfstream_tunnels, {"9", "100;200"}},
      {"a pseudowire's own VLAN", ethernet(0x8847, mpls(300, true, zeros(4) + ethernet(0x8100, vlan(40, 0x0800, datagram)))), nfstream_tunnels, {"40", "300"}},
      {"inside a tunnel that is opened", ethernet(0x8100, vlan(20, 0x0800, tenant)), all_tunnels, {"20;30", "null"}},
      {"inside one that is not", ethernet(0x8100, vlan(20, 0x0800, tenant)), no_tunnels, {"20", "null"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(tags_of(one.frame, one.tunnels) == one.row);
  }
}

TEST_CASE("the first packet tells of tags, and no record is believed") {
  FrameBatch batch;
  batch.add(0, ethernet(0x8847, mpls(1, true, datagram)));
  batch.add(1, ethernet(0x8847, mpls(2, true, datagram)));
  CHECK(row_of({"mpls_labels"}, batch.view()) == Row{"1"});
  for (const uint16_t offset : {0, 13, 14, 18, 40}) {
    for (const uint16_t link : {0, 1, 101, 105, 239}) {
      FrameBatch other = batch;
      other.records.resize(1);
      other.records[0].l3_offset = offset;
      other.records[0].link_type = link;
      rows_of(endless({"vlan_ids", "mpls_labels", "src2dst_ip_fragments", "src2dst_ip_dscp", "src2dst_header_bytes"}), other.view());
    }
  }
}

TEST_CASE("fragments") {
  const std::vector<std::string> names = {"src2dst_ip_fragments", "bidirectional_packets"};
  const Bytes part = udp(1000, 53, zeros(8));
  const struct {
    const char* what;
    Bytes packet;
    bool v6;
    const char* fragments;
  } cases[] = {
      {"whole", ipv4(17, part), false, "0"},
      {"not to be cut", ipv4(17, part, {0, 0x4000}), false, "0"},
      {"more to come", ipv4(17, part, {0, 0x2000}), false, "1"},
      {"whole, IPv6", ipv6(17, part), true, "0"},
      {"another extension", ipv6(0, extension(17, part)), true, "0"},
      {"more to come, IPv6", ipv6(44, ipv6_fragment(17, 1, part)), true, "1"},
      {"behind another extension", ipv6(0, extension(44, ipv6_fragment(17, 1, part))), true, "1"},
      {"a header of a fragment that is all of it", ipv6(44, ipv6_fragment(17, 0, part)), true, "0"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    FrameBatch batch;
    batch.add(0, ethernet(one.v6 ? 0x86dd : 0x0800, one.packet));
    CHECK(row_of(names, batch.view()) == Row{one.fragments, "1"});
  }
  FrameBatch batch;
  batch.add(0, ethernet(0x0800, ipv4(17, part, {0, 0x2000})));
  batch.add(1, ethernet(0x0800, ipv4(17, part, {0, 0x2000})));
  batch.records[1].tunnel_and_ip |= PacketRecord::later_fragment_flag;
  CHECK(row_of(names, batch.view()) == Row{"2", "2"});
}

TEST_CASE("the code point of the first packet each way") {
  const auto marked = [](const std::string& from, const std::string& to, unsigned traffic_class) {
    Bytes frame = between(from, to, 17, udp(53, 53, {}));
    if (from.find(':') == std::string::npos) frame[15] = static_cast<uint8_t>(traffic_class);
    else frame[14] |= traffic_class >> 4, frame[15] = static_cast<uint8_t>(traffic_class << 4);
    return frame;
  };
  for (const auto& ends : {std::pair<std::string, std::string>{"10.0.0.1", "10.0.0.2"}, {"fd00::1", "fd00::2"}}) {
    FrameBatch batch;
    batch.add(0, marked(ends.first, ends.second, 46 << 2 | 1));
    CHECK(row_of({"src2dst_ip_dscp", "dst2src_ip_dscp"}, batch.view()) == Row{"46", "null"});
    batch.add(1, marked(ends.first, ends.second, 0));
    batch.add(2, marked(ends.second, ends.first, 63 << 2));
    CHECK(row_of({"src2dst_ip_dscp", "dst2src_ip_dscp"}, batch.view()) == Row{"46", "63"});
  }
}

TEST_CASE("bytes of headers, and packets with payload") {
  const std::vector<std::string> names = {"src2dst_header_bytes", "src2dst_payload_packets"};
  const struct {
    const char* what;
    Bytes frame;
    Row row;
  } cases[] = {
      {"UDP", ethernet(0x0800, ipv4(17, udp(1, 2, zeros(5)))), {"28", "1"}},
      {"options of IP, nothing in it", ethernet(0x0800, ipv4(17, udp(1, 2, {}), {8})), {"36", "0"}},
      {"padding is no payload", ethernet(0x0800, ipv4(17, udp(1, 2, {}))) + zeros(18), {"28", "0"}},
      {"options of TCP", ethernet(0x0800, ipv4(6, tcp(1, 2, zeros(1), 0x18, 8))), {"52", "1"}},
      {"IPv6 with an extension", ethernet(0x86dd, ipv6(0, extension(17, udp(1, 2, zeros(9))))), {"56", "1"}},
      {"nothing behind the IP header", ethernet(0x0800, ipv4(17, {})) + zeros(26), {"20", "0"}},
      {"a protocol without a known header", ethernet(0x0800, ipv4(89, zeros(40))), {"20", "0"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    FrameBatch batch;
    batch.add(0, one.frame);
    batch.add(1, one.frame);
    const Row twice = {std::to_string(2 * std::stoi(one.row[0])), std::to_string(2 * std::stoi(one.row[1]))};
    CHECK(row_of(names, batch.view()) == twice);
  }
}

TEST_CASE("options of TCP as text") {
  const struct {
    const char* bytes;
    const char* text;
  } cases[] = {
      {"", ""},
      {"020405b4 0402 080a0000000100000000 01 030307", "mss 1460;sackOK;TS;nop;wscale 7"},
      {"020405b4 00 010101", "mss 1460;eol"},
      {"2202 1e0c00000000000000000000 00 4d04aaaa", "tfo;mptcp;eol"},
      {"4d04aaaa 01", "kind 77;nop"},
      {"0203ff 0304ffff", "mss;wscale"},  // of a wrong length
      {"01 020405", "nop"},               // cut off
      {"01 0201 0101", "nop"},            // shorter than its own header
      {"01 02", "nop"},
  };
  for (const auto& one : cases) {
    const Bytes bytes = hex(one.bytes);
    std::string text;
    append_tcp_options(text, bytes.data(), bytes.size());
    CHECK(text == one.text);
  }
}

TEST_CASE("options in the first SYN of each side") {
  const std::vector<std::string> names = {"src2dst_tcp_options", "dst2src_tcp_options"};
  Connection connection("");
  connection.segment(0, tcp_syn, 1, 0, 0, 1000, hex("020405b4"));
  connection.segment(0, tcp_syn, 1, 0, 0, 1000, hex("01010101"));
  CHECK(row_of(names, connection.view()) == Row{"mss 1460", "null"});
  connection.segment(1, tcp_syn | tcp_ack, 9, 2);
  CHECK(row_of(names, connection.view()) == Row{"mss 1460", ""});
  CHECK(row_of(names, Connection("D d").view()) == Row{"null", "null"});
}

// Segments are 100 ms apart.
TEST_CASE("round trips of the handshake") {
  const struct {
    const char* what;
    const char* words;
    Row row;  // to the client, to the server
  } cases[] = {
      {"a handshake", "S +0.02 h +0.5 A D d", {"600.000000", "120.000000"}},
      {"data is an acknowledgment, too", "S h D", {"100.000000", "100.000000"}},
      {"no answer", "S S", {"null", "null"}},
      {"no acknowledgment", "S h", {"null", "100.000000"}},
      {"the SYN was sent again", "S +1 S h A", {"100.000000", "100.000000"}},
      {"its answer was sent again", "S h +1 h A", {"100.000000", "100.000000"}},
      {"captured behind its beginning", "h A", {"100.000000", "null"}},
      {"the answer first", "h S A", {"200.000000", "null"}},
      {"refused", "S z", {"null", "null"}},
      {"none", "D d A", {"null", "null"}},
      {"the first of two", "S h A F f A a N +9 S +5 h A", {"100.000000", "100.000000"}},
      {"begun by the later end", "d s H a", {"100.000000", "100.000000"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(row_of({"tcp_rtt_client", "tcp_rtt_server"}, Connection(one.words).view()) == one.row);
  }
  MeterOptions options = endless({"tcp_rtt_client", "tcp_rtt_server"});
  options.format.unit = TimeUnit::us;
  CHECK(rows_of(options, Connection("S +0.02 h A").view())[0] == Row{"100000.000000", "120000.000000"});
  Connection other("S");
  other.segment(1, tcp_syn | tcp_ack, 77, 5);  // acknowledges another SYN
  CHECK(row_of({"tcp_rtt_server"}, other.view()) == Row{"null"});
}
