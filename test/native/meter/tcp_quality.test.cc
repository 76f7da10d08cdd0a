#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "meter/connection.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

using Row = std::vector<std::string>;

Row row(const TestBatch& batch, const std::vector<std::string>& columns) {
  const TextRows rows = rows_of(options_with(columns), batch.view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

Row quality(const TestBatch& batch) {
  return row(batch, {"src2dst_retransmissions", "dst2src_retransmissions", "src2dst_out_of_order", "dst2src_out_of_order"});
}

}  // namespace

TEST_CASE("retransmissions, as Wireshark counts them") {
  const struct {
    const char* words;
    Row expected;
  } cases[] = {
      {"S h A D a d A F f A", {"0", "0", "0", "0"}}, {"S h A D K a", {"1", "0", "0", "0"}},     {"S S h h A", {"1", "1", "0", "0"}},
      {"S h A D a K a", {"1", "0", "0", "0"}},  // acknowledged already: a spurious one
      {"S h A d d k k k A", {"0", "3", "0", "0"}},   {"S h A F E f e A", {"1", "1", "0", "0"}}, {"S N S h A", {"0", "0", "0", "0"}},  // another connection
      {"D K a d k", {"1", "1", "0", "0"}},      // also of what began before the capture
      {"S h A D _ D a", {"0", "0", "0", "0"}},  // lost, and not sent again
  };
  for (const auto& one : cases) {
    CAPTURE(std::string(one.words));
    for (const uint32_t first : {1000u, 0xffffff9cu, 0xffffffffu}) CHECK(quality(Connection(one.words, first)) == one.expected);
  }
}

TEST_CASE("a segment that fills a hole soon is out of order, later it is a retransmission") {
  // The handshake's round trip is 200 ms.
  for (const double later : {0.0, 0.3}) {
    Connection connection("S h A");
    connection.segment(0, tcp_ack, 1101, 5001, 100);
    connection.seconds += later - 0.05;
    connection.segment(0, tcp_ack, 1001, 5001, 100);
    CHECK(quality(connection) == (later == 0 ? Row{"0", "0", "1", "0"} : Row{"1", "0", "0", "0"}));
  }
}

TEST_CASE("without a handshake 3 ms are soon") {
  for (const double after : {0.002, 0.004}) {
    Connection connection("A a");
    connection.segment(0, tcp_ack, 1200, 5000, 100);
    connection.seconds += after - 0.1;
    connection.segment(0, tcp_ack, 1100, 5000, 100);
    CHECK(quality(connection) == (after < 0.003 ? Row{"0", "0", "1", "0"} : Row{"1", "0", "0", "0"}));
  }
}

TEST_CASE("what two duplicate acknowledgements asked for is a fast retransmission, however soon it comes") {
  Connection connection("S h A");
  connection.segment(0, tcp_ack, 1101, 5001, 100);
  connection.seconds -= 0.099;
  for (int i = 0; i < 3; i++, connection.seconds -= 0.099) connection.segment(1, tcp_ack, 5001, 1001);
  connection.segment(0, tcp_ack, 1001, 5001, 100);
  CHECK(quality(connection) == Row{"1", "0", "0", "0"});
}

TEST_CASE("a keep-alive and a zero window probe are no retransmissions") {
  Connection alive("S h A D a");
  alive.segment(0, tcp_ack, 1100, 5001, 1);
  alive.segment(0, tcp_ack, 1100, 5001, 0);
  CHECK(quality(alive) == Row{"0", "0", "0", "0"});
  Connection probe("S h A D w");
  probe.segment(0, tcp_ack, 1101, 5001, 1);
  probe.segment(1, tcp_ack, 5001, 1101, 0, 0);
  probe.segment(0, tcp_ack, 1101, 5001, 100);
  CHECK(quality(probe) == Row{"0", "0", "0", "0"});
}

TEST_CASE("other protocols have no such columns") {
  TestBatch batch(std::vector<TestPacket>{{1}});
  batch.records[0].protocol = 17;
  CHECK(quality(batch) == Row{"null", "null", "null", "null"});
  CHECK(row(batch, {"src2dst_initial_window", "src2dst_min_window", "src2dst_mss", "icmp_type"}) == Row{"null", "null", "null", "null"});
}

TEST_CASE("windows are scaled when both SYNs said so") {
  const std::vector<std::string> columns = {"src2dst_initial_window", "src2dst_min_window", "src2dst_max_window", "src2dst_window_scale", "src2dst_mss",
                                            "dst2src_initial_window", "dst2src_min_window", "dst2src_max_window", "dst2src_window_scale", "dst2src_mss"};
  Connection both("");
  both.segment(0, tcp_syn, 1000, 0, 0, 64240, {2, 4, 5, 180, 1, 3, 3, 7});
  both.segment(1, tcp_syn | tcp_ack, 5000, 1001, 0, 65160, {2, 4, 4, 176, 3, 3, 20, 0});
  both.segment(0, tcp_ack, 1001, 5001, 0, 502);
  both.segment(0, tcp_ack, 1001, 5001, 0, 100);
  both.segment(1, tcp_ack, 5001, 1001, 0, 2);
  both.segment(0, tcp_rst, 1001, 5001, 0, 0);
  CHECK(row(both, columns) == Row{"64240", "12800", "64256", "7", "1460", "65160", "32768", "32768", "14", "1200"});
  Connection one("");
  one.segment(0, tcp_syn, 1000, 0, 0, 64240, {3, 3, 7, 0});
  one.segment(1, tcp_syn | tcp_ack, 5000, 1001, 0, 65160);
  one.segment(0, tcp_ack, 1001, 5001, 0, 502);
  CHECK(row(one, columns) == Row{"64240", "502", "502", "7", "null", "65160", "null", "null", "null", "null"});
}

TEST_CASE("options that are not whole are left out") {
  const std::vector<std::vector<uint8_t>> damaged = {{2, 0, 5, 180}, {2, 1, 5, 180}, {2, 40, 5, 180}, {0, 2, 4, 5}, {1, 1, 1, 3}, {1, 1, 2, 4}, {2, 3, 5, 1}};
  for (const auto& options : damaged) {
    Connection connection("");
    connection.segment(0, tcp_syn, 1000, 0, 0, 64240, options);
    CHECK(row(connection, {"src2dst_mss", "src2dst_window_scale"}) == Row{"null", "null"});
  }
  Connection cut("");
  cut.segment(0, tcp_syn, 1000, 0, 0, 64240, {2, 4, 5, 180});
  cut.records[0].captured_length -= 1;
  CHECK(row(cut, {"src2dst_initial_window", "src2dst_mss"}) == Row{"64240", "null"});
  cut.records[0].captured_length = 34 + 16;
  CHECK(row(cut, {"src2dst_initial_window", "src2dst_mss"}) == Row{"64240", "null"});
}

TEST_CASE("time to live, and the kind of an ICMP message") {
  TestBatch batch(std::vector<TestPacket>{{1}, {2}, {3, 2, 1, 80, 1000}});
  const uint8_t ttls[] = {64, 60, 255};
  for (size_t i = 0; i < 3; i++) batch.data[batch.records[i].data_offset + 14 + 8] = ttls[i];
  const std::vector<std::string> columns = {"src2dst_min_ttl", "src2dst_max_ttl", "dst2src_min_ttl", "dst2src_max_ttl"};
  CHECK(row(batch, columns) == Row{"60", "64", "255", "255"});
  batch.records.pop_back();
  CHECK(row(batch, columns) == Row{"60", "64", "null", "null"});
  TestBatch six(std::vector<TestPacket>{{1}});
  six.data.resize(60);
  six.data[14 + 7] = 57;
  six.records[0].set_ip_version(6);
  six.records[0].captured_length = 60;
  CHECK(row(six, columns) == Row{"57", "57", "null", "null"});

  for (const uint8_t protocol : {1, 58}) {
    TestBatch ping({});
    for (const uint8_t type : {8, 0}) {
      ping.add({1, static_cast<uint8_t>(type == 8 ? 1 : 2), static_cast<uint8_t>(type == 8 ? 2 : 1), 0, 0});
      ping.data.insert(ping.data.end(), {type, 3});
      PacketRecord& record = ping.records.back();
      record.protocol = protocol;
      record.l4_offset = 34;
      record.captured_length = 36;
    }
    CHECK(row(ping, {"icmp_type", "icmp_code"}) == Row{"8", "3"});
    ping.records[0].captured_length = 35;
    CHECK(row(ping, {"icmp_type", "icmp_code"}) == Row{"null", "null"});
    ping.records[0].l4_offset = 0;
    CHECK(row(ping, {"icmp_type", "icmp_code"}) == Row{"null", "null"});
  }
}
