#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "meter/connection.h"
#include "meter/frames.h"
#include "meter/rows.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

using Row = std::vector<std::string>;

struct Datagram {
  int64_t ms;
  bool back;
  unsigned payload;
};

Row row_of(const std::vector<std::string>& names, const std::vector<Datagram>& datagrams) {
  MeterOptions options = options_with(names);
  options.idle_timeout_ms = no_timeout;
  FrameBatch batch;
  for (const Datagram& one : datagrams) {
    const Bytes frame = one.back ? between("10.0.0.2", "10.0.0.1", 17, udp(53, 4000, zeros(one.payload)))
                                 : between("10.0.0.1", "10.0.0.2", 17, udp(4000, 53, zeros(one.payload)));
    batch.add(one.ms * 1000000, frame);
  }
  const TextRows rows = rows_of(options, batch.view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("bulks are runs of four packets with payload and more") {
  const std::vector<std::string> names = {"src2dst_bulks", "src2dst_bulk_packets", "src2dst_bulk_bytes", "src2dst_bulk_duration", "dst2src_bulks"};
  const struct {
    const char* what;
    std::vector<Datagram> datagrams;
    Row row;
  } cases[] = {
      {"three are none", {{0, false, 10}, {10, false, 10}, {20, false, 10}}, {"0", "0", "0", "0", "0"}},
      {"four are one", {{0, false, 10}, {10, false, 20}, {20, false, 30}, {30, false, 40}}, {"1", "4", "100", "30", "0"}},
      {"what goes on belongs to it", {{0, false, 1}, {1, false, 1}, {2, false, 1}, {3, false, 1}, {900, false, 5}}, {"1", "5", "9", "900", "0"}},
      {"a second is no pause", {{0, false, 1}, {1000, false, 1}, {2000, false, 1}, {3000, false, 1}}, {"1", "4", "4", "3000", "0"}},
      {"more than one is", {{0, false, 1}, {1, false, 1}, {2, false, 1}, {1003, false, 1}}, {"0", "0", "0", "0", "0"}},
      {"payload the other way ends a run", {{0, false, 1}, {1, false, 1}, {2, true, 1}, {3, false, 1}, {4, false, 1}}, {"0", "0", "0", "0", "0"}},
      {"a packet without payload does not",
       {{0, false, 1}, {1, false, 1}, {2, true, 0}, {3, false, 0}, {4, false, 1}, {5, false, 1}},
       {"1", "4", "4", "5", "0"}},
      {"two of them, and one back",
       {{0, false, 1},
        {1, false, 1},
        {2, false, 1},
        {3, false, 1},
        {4, true, 2},
        {5, true, 2},
        {6, true, 2},
        {7, true, 2},
        {10, false, 3},
        {20, false, 3},
        {30, false, 3},
        {40, false, 3}},
       {"2", "8", "16", "33", "1"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(row_of(names, one.datagrams) == one.row);
  }
}

TEST_CASE("sizes of payload, headers and subflows") {
  const std::vector<std::string> sizes = {"bidirectional_payload_bytes", "src2dst_min_payload_ps", "src2dst_mean_payload_ps", "src2dst_stddev_payload_ps",
                                          "src2dst_max_payload_ps",      "dst2src_min_payload_ps", "dst2src_max_payload_ps",  "bidirectional_min_payload_ps"};
  CHECK(row_of(sizes, {{0, false, 0}, {1, false, 10}, {2, false, 20}, {3, true, 7}}) == Row{"37", "0", "10.000000", "10.000000", "20", "7", "7", "0"});
  CHECK(row_of(sizes, {{0, false, 5}}) == Row{"5", "5", "5.000000", "0.000000", "5", "0", "0", "5"});
  const std::vector<std::string> others = {"subflows", "src2dst_transport_header_bytes", "src2dst_min_transport_header_bytes",
                                           "dst2src_min_transport_header_bytes", "src2dst_first_window"};
  CHECK(row_of(others, {{0, false, 0}, {1000, false, 0}, {2001, true, 0}, {4000, false, 9}}) == Row{"3", "24", "8", "8", "null"});
}

TEST_CASE("the first window of each side, and the shortest header") {
  MeterOptions options = options_with({"src2dst_first_window", "dst2src_first_window", "src2dst_transport_header_bytes", "src2dst_min_transport_header_bytes"});
  Connection connection("");
  connection.segment(0, tcp_syn, 1, 0, 0, 500, hex("020405b4"));
  connection.segment(1, tcp_syn | tcp_ack, 9, 2, 0, 600);
  connection.segment(0, tcp_ack, 2, 10, 0, 700);
  connection.segment(1, tcp_ack, 10, 2, 0, 800);
  CHECK(rows_of(options, connection.view())[0] == Row{"500", "600", "44", "20"});
}

TEST_CASE("flows end as CICFlowMeter's do") {
  MeterOptions options = options_with({"end_reason", "bidirectional_packets"});
  options.idle_timeout_ms = options.active_timeout_ms = 120001;
  options.tcp_expiry = TcpExpiry::cicflowmeter;
  options.tcp_linger_ms = 0;
  const struct {
    const char* words;
    TextRows rows;
  } cases[] = {
      {"S h A D F a d A", {{"end", "8"}}},
      {"S h A F f A", {{"tcp_fin", "5"}, {"end", "1"}}},
      {"S h f F A", {{"tcp_fin", "3"}, {"end", "2"}}},
      {"S z", {{"tcp_rst", "2"}}},
      {"S h R A", {{"tcp_rst", "3"}, {"end", "1"}}},
      {"D +119.9 D", {{"end", "2"}}},
      {"D +119.901 D", {{"idle", "1"}, {"end", "1"}}},
      {"D +60 D +59.9 D", {{"active", "2"}, {"end", "1"}}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.words);
    CHECK(rows_of(options, Connection(one.words).view()) == one.rows);
  }
}
