#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "meter/connection.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

MeterOptions options_with(TcpExpiry expiry, int64_t linger_ms = 5000) {
  MeterOptions options;
  options.dissections = 0;
  options.tcp_expiry = expiry;
  options.tcp_linger_ms = linger_ms;
  options.columns = columns_named({"end_reason", "src_port", "bidirectional_packets"});
  return options;
}

// Each flow as its end, its source's port and its packets.
std::vector<std::string> flows(const MeterOptions& options, const TestBatch& batch, size_t meters = 1) {
  std::vector<std::string> told;
  for (const auto& row : rows_of(options, batch.view(), std::vector<Dissector*>(meters, nullptr))) told.push_back(row[0] + " " + row[1] + " " + row[2]);
  return told;
}

using Flows = std::vector<std::string>;

}  // namespace

TEST_CASE("a RST or acknowledged FINs close a flow") {
  const struct {
    const char* words;
    TcpExpiry expiry;
    Flows expected;
  } cases[] = {
      {"S h A F f A N S h A", TcpExpiry::none, {"end 1000 9"}},
      {"S h A F f A N S h A", TcpExpiry::rst, {"end 1000 9"}},
      {"S h A F f A N S h A", TcpExpiry::fin, {"tcp_fin 1000 6", "end 1000 3"}},
      {"S h A R N S h A", TcpExpiry::none, {"end 1000 7"}},
      {"S h A R N S h A", TcpExpiry::rst, {"tcp_rst 1000 4", "end 1000 3"}},
      {"S h A R N S h A", TcpExpiry::fin, {"tcp_rst 1000 4", "end 1000 3"}},
      {"S h A F f A", TcpExpiry::fin, {"tcp_fin 1000 6"}},    // also when the source ends first
      {"S h A R r", TcpExpiry::rst, {"tcp_rst 1000 5"}},      // a second RST belongs to it
      {"S h A F f A R", TcpExpiry::fin, {"tcp_fin 1000 7"}},  // what closed it first counts
      {"S h A F a d d", TcpExpiry::fin, {"end 1000 7"}},      // one side only
      {"S h A F a d f A N S", TcpExpiry::fin, {"tcp_fin 1000 8", "end 1000 1"}},
      {"S h A F E f e A N S", TcpExpiry::fin, {"tcp_fin 1000 8", "end 1000 1"}},  // FINs again
      {"S h A F f A E a N S", TcpExpiry::fin, {"tcp_fin 1000 8", "end 1000 1"}},  // and after the end
      {"S h A F f N S", TcpExpiry::fin, {"end 1000 6"}},                          // the last FIN was not acknowledged
      {"S z S z", TcpExpiry::rst, {"tcp_rst 1000 2", "tcp_rst 1000 2"}},
      {"S h A F f A N h", TcpExpiry::fin, {"tcp_fin 1000 7"}},              // a SYN with ACK begins nothing
      {"S h A F f A N s", TcpExpiry::fin, {"tcp_fin 1000 6", "end 80 1"}},  // the other end may begin
  };
  for (const auto& one : cases) {
    CAPTURE(std::string(one.words));
    for (const uint32_t first : {1000u, 0xfffffffeu}) CHECK(flows(options_with(one.expiry), Connection(one.words, first)) == one.expected);
  }
}

TEST_CASE("both sides close at the same time") {
  Connection connection("S h A");
  connection.segment(0, tcp_fin | tcp_ack, 1001, 5001);
  connection.segment(1, tcp_fin | tcp_ack, 5001, 1001);
  connection.segment(0, tcp_ack, 1002, 5002);
  connection.segment(1, tcp_ack, 5002, 1002);
  connection.segment(0, tcp_syn, 90000, 0);
  CHECK(flows(options_with(TcpExpiry::fin), connection) == Flows{"tcp_fin 1000 7", "end 1000 1"});
}

TEST_CASE("a closed flow takes what is late, until nothing has come for the linger") {
  const struct {
    const char* words;
    int64_t linger_ms;
    Flows expected;
  } cases[] = {
      // Segments are 100 ms apart.
      {"S h R +4.8 a", 5000, {"tcp_rst 1000 4"}},         {"S h R +4.9 a", 5000, {"tcp_rst 1000 3", "end 80 1"}},
      {"S h R +4 a +4 a +4 a", 5000, {"tcp_rst 1000 6"}}, {"S h R +4 a +4.9 N S", 5000, {"tcp_rst 1000 4", "end 1000 1"}},
      {"S h R a", 0, {"tcp_rst 1000 3", "end 80 1"}},     {"S h R +1000 a", no_timeout, {"tcp_rst 1000 3", "end 80 1"}},  // the idle timeout is shorter
  };
  for (const auto& one : cases) {
    CAPTURE(std::string(one.words));
    CHECK(flows(options_with(TcpExpiry::rst, one.linger_ms), Connection(one.words)) == one.expected);
  }
}

TEST_CASE("a shorter idle timeout and the active timeout hold for a closed flow too") {
  MeterOptions options = options_with(TcpExpiry::rst);
  options.idle_timeout_ms = 1000;
  CHECK(flows(options, Connection("S h R +0.9 a")) == Flows{"tcp_rst 1000 3", "end 80 1"});
  options = options_with(TcpExpiry::rst);
  options.active_timeout_ms = 1000;
  CHECK(flows(options, Connection("S h R +0.7 a A")) == Flows{"tcp_rst 1000 3", "end 80 2"});
}

TEST_CASE("the evicted flow is the least recently used one, closed or not") {
  MeterOptions options = options_with(TcpExpiry::rst);
  options.capacity = 2;
  TestBatch closed = Connection("S h R");
  closed.add({1.5, 1, 2, 7});
  closed.add({1.6, 1, 2, 8});
  CHECK(flows(options, closed) == Flows{"tcp_rst 1000 3", "end 7 1", "end 8 1"});
  TestBatch open(std::vector<TestPacket>{{0.5, 1, 2, 7}});
  const Connection behind("S h R");
  for (size_t i = 0; i < behind.records.size(); i++) {
    open.records.push_back(behind.records[i]);
    open.records.back().data_offset += static_cast<uint32_t>(open.data.size());
  }
  open.data.insert(open.data.end(), behind.data.begin(), behind.data.end());
  open.add({1.6, 1, 2, 8});
  CHECK(flows(options, open) == Flows{"capacity 7 1", "tcp_rst 1000 3", "end 8 1"});
}

TEST_CASE("flows that one packet ends come in the order of their last packets, whatever ends them") {
  // At 12 s: port 1 is too old and its last packet came at 6 s; port 2 was closed at 7 s; port 3 is idle since 2 s.
  MeterOptions options = options_with(TcpExpiry::rst, 5000);
  options.idle_timeout_ms = 10000;
  options.active_timeout_ms = 11500;
  TestBatch batch(std::vector<TestPacket>{{0.5, 1, 2, 1}, {2, 1, 2, 3}, {6, 1, 2, 1}});
  Connection reset("+5.8 S R", 1, 2);
  for (size_t i = 0; i < reset.records.size(); i++) {
    batch.records.push_back(reset.records[i]);
    batch.records.back().data_offset += static_cast<uint32_t>(batch.data.size());
  }
  batch.data.insert(batch.data.end(), reset.data.begin(), reset.data.end());
  batch.add({12, 1, 2, 1});
  for (const size_t rows : {1, 2, 100}) {
    options.max_rows = rows;
    CHECK(flows(options, batch) == Flows{"idle 3 1", "active 1 2", "tcp_rst 2 2", "end 1 1"});
  }
}

TEST_CASE("closed flows come in one order, whatever the size of the output and the number of meters") {
  std::mt19937 random(11);
  TestBatch batch({});
  const uint8_t flags[] = {tcp_syn, tcp_syn | tcp_ack, tcp_ack, tcp_ack, tcp_fin | tcp_ack, tcp_fin | tcp_ack, tcp_rst};
  Connection connection("");
  for (int i = 0; i < 6000; i++) {
    connection.seconds = 1 + i * 0.02;
    connection.segment(static_cast<int>(random() % 2), flags[random() % 7], 100 + random() % 3, 100 + random() % 3);
    auto& record = connection.records.back();
    // Many connections: other addresses and ports.
    const auto host = static_cast<uint8_t>(random() % 12);
    uint8_t* addresses = connection.data.data() + record.data_offset + 26;
    (addresses[3] == 1 ? addresses[3] : addresses[7]) = static_cast<uint8_t>(10 + host);
    (record.src_port == 80 ? record.dst_port : record.src_port) = static_cast<uint16_t>(1 + random() % 8);
  }
  for (const TcpExpiry expiry : {TcpExpiry::rst, TcpExpiry::fin}) {
    for (const int64_t linger : {0, 300, 1500, 60000}) {
      MeterOptions options = options_with(expiry, linger);
      options.idle_timeout_ms = 3000;
      options.active_timeout_ms = 9000;
      options.columns =
          columns_named({"id", "end_reason", "src_ip", "src_port", "bidirectional_packets", "bidirectional_first_seen", "connection_uid", "part"});
      const TextRows expected = rows_of(options, connection.view());
      CHECK(expected.size() > 500);
      for (const size_t meters : {1, 2, 3}) {
        for (const size_t rows : {1, 3, 8192}) {
          options.max_rows = rows;
          CHECK(rows_of(options, connection.view(), std::vector<Dissector*>(meters, nullptr)) == expected);
        }
      }
    }
  }
}

TEST_CASE("why flows ended is counted, and has nfstream's numbers") {
  MeterOptions options = options_with(TcpExpiry::fin);
  options.columns = columns_named({"expiration_id", "export_reason"});
  CHECK(rows_of(options, Connection("S h A F f A").view())[0] == std::vector<std::string>{"3", "4"});
  CHECK(rows_of(options, Connection("S r").view())[0] == std::vector<std::string>{"4", "4"});
  MeterGroup meter(options, {nullptr});
  const Connection connection("S r N S h A F f A");
  REQUIRE(meter.feed({connection.view()}) == MeterStatus::done);
  REQUIRE(meter.flush() == MeterStatus::done);
  CHECK(meter.counters().ended[static_cast<size_t>(EndReason::tcp_rst)] == 1);
  CHECK(meter.counters().ended[static_cast<size_t>(EndReason::tcp_fin)] == 1);
}
