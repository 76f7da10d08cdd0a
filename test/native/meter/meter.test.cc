#include <doctest/doctest.h>

#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "engine/meter/meter_group.h"
#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

struct Row {
  int64_t id, port, first_ms, last_ms, packets, back;
  std::string end;
  bool operator==(const Row& other) const {
    return id == other.id && port == other.port && first_ms == other.first_ms && last_ms == other.last_ms && packets == other.packets && back == other.back &&
           end == other.end;
  }
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << "{" << row.id << ", " << row.port << ", " << row.first_ms << ", " << row.last_ms << ", " << row.packets << ", " << row.back << ", " << row.end
             << "}";
}

MeterOptions options() {
  MeterOptions made;
  made.dissections = 0;
  made.columns = columns_named(
      {"id", "src_port", "bidirectional_first_seen", "bidirectional_last_seen", "bidirectional_packets", "dst2src_packets", "end_reason", "src_ip"});
  return made;
}

void take(MeterGroup& meter, std::vector<Row>& rows) {
  FlowColumns& output = meter.output();
  const auto integer = [&](size_t column, size_t row) { return static_cast<const int64_t*>(output.part(column).values)[row]; };
  for (size_t i = 0; i < output.rows(); i++) {
    const FlowColumns::Part reason = output.part(6);
    const auto* offsets = static_cast<const int32_t*>(reason.values);
    rows.push_back({integer(0, i), integer(1, i), integer(2, i), integer(3, i), integer(4, i), integer(5, i),
                    std::string(reason.text + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i]))});
  }
  output.clear();
}

std::vector<Row> run(MeterGroup& meter, const TestBatch& batch) {
  std::vector<Row> rows;
  for (MeterStatus status; (status = meter.feed({batch.view()})) != MeterStatus::done;) {
    REQUIRE(status == MeterStatus::full);
    take(meter, rows);
  }
  while (meter.flush() == MeterStatus::full) take(meter, rows);
  take(meter, rows);
  return rows;
}

std::vector<Row> run(const MeterOptions& chosen, const std::vector<TestPacket>& packets) {
  MeterGroup meter(chosen, {nullptr});
  return run(meter, TestBatch(packets));
}

}  // namespace

TEST_CASE("both directions are one flow; the source is the first packet's sender") {
  const auto rows = run(options(), {{1.0}, {1.5, 2, 1, 80, 1000}, {2.0}});
  CHECK(rows == std::vector<Row>{{0, 1000, 1000, 2000, 3, 1, "end"}});
}

TEST_CASE("one endpoint talking to itself is always forward") {
  CHECK(run(options(), {{1, 1, 1, 80, 80}, {2, 1, 1, 80, 80}}) == std::vector<Row>{{0, 80, 1000, 2000, 2, 0, "end"}});
  CHECK(run(options(), {{1, 1, 1, 81, 80}, {2, 1, 1, 80, 81}}) == std::vector<Row>{{0, 81, 1000, 2000, 2, 1, "end"}});
}

TEST_CASE("the idle timeout splits at exactly its length, in whole milliseconds") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 1000;
  CHECK(run(chosen, {{1.0}, {1.999}}).size() == 1);
  CHECK(run(chosen, {{1.0}, {2.0}}) == std::vector<Row>{{0, 1000, 1000, 1000, 1, 0, "idle"}, {1, 1000, 2000, 2000, 1, 0, "end"}});
  CHECK(run(chosen, {{1.0009}, {2.0000}}).size() == 2);  // 999.1 ms apart, but 1000 whole ones
  CHECK(run(chosen, {{1.0000}, {1.9999}}).size() == 1);
}

TEST_CASE("the active timeout counts from the first packet; the record's direction is the cutting packet's") {
  MeterOptions chosen = options();
  chosen.active_timeout_ms = 2000;
  CHECK(run(chosen, {{1.0}, {2.0}, {2.999}, {3.0, 2, 1, 80, 1000}}) ==
        std::vector<Row>{{0, 1000, 1000, 2999, 3, 0, "active"}, {1, 80, 3000, 3000, 1, 0, "end"}});
}

TEST_CASE("idle wins over active") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = chosen.active_timeout_ms = 1000;
  CHECK(run(chosen, {{1}, {2}})[0].end == "idle");
}

TEST_CASE("timeouts of 0 make every packet a flow, and none ever ends a flow without one") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 0;
  CHECK(run(chosen, {{1}, {1}, {1}}).size() == 3);
  chosen = options();
  chosen.active_timeout_ms = 0;
  CHECK(run(chosen, {{1}, {1}, {1}}).size() == 3);
  chosen.idle_timeout_ms = chosen.active_timeout_ms = no_timeout;
  CHECK(run(chosen, {{1}, {4e9}, {9e9}}).size() == 1);
}

TEST_CASE("one busy flow does not hold back the others") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 5000;
  std::vector<TestPacket> packets = {{0, 1, 2, 1}, {0.5, 1, 2, 2}};
  for (int second = 1; second < 20; second++) packets.push_back({double(second), 1, 2, 1});
  const auto rows = run(chosen, packets);
  CHECK(rows[0] == Row{0, 2, 500, 500, 1, 0, "idle"});
  CHECK(rows[1].packets == 20);
}

TEST_CASE("flows end in the order of the packet that ended them, then of their own last packet") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 10000;
  chosen.active_timeout_ms = 14000;
  // At 14 s flows 3 and 2 are idle (3's last packet is older), and flow 1 is cut for its age by its own packet.
  const auto rows = run(chosen, {{0, 1, 2, 1}, {1, 1, 2, 2}, {2, 1, 2, 3}, {3, 1, 2, 2}, {9, 1, 2, 1}, {14, 1, 2, 1}, {15, 1, 2, 9}});
  const std::vector<Row> expected = {{0, 3, 2000, 2000, 1, 0, "idle"},
                                     {1, 2, 1000, 3000, 2, 0, "idle"},
                                     {2, 1, 0, 9000, 2, 0, "active"},
                                     {3, 1, 14000, 14000, 1, 0, "end"},
                                     {4, 9, 15000, 15000, 1, 0, "end"}};
  CHECK(rows == expected);
}

TEST_CASE("at capacity the least recently used flow is exported") {
  MeterOptions chosen = options();
  chosen.capacity = 2;
  const auto rows = run(chosen, {{1, 1, 2, 1}, {2, 1, 2, 2}, {3, 1, 2, 1}, {4, 1, 2, 3}, {5, 1, 2, 2}});
  const std::vector<Row> expected = {
      {0, 2, 2000, 2000, 1, 0, "capacity"}, {1, 1, 1000, 3000, 2, 0, "capacity"}, {2, 3, 4000, 4000, 1, 0, "end"}, {3, 2, 5000, 5000, 1, 0, "end"}};
  CHECK(rows == expected);
}

TEST_CASE("a packet from the past is counted at the clock's time, and reported") {
  MeterGroup meter(options(), {nullptr});
  const auto rows = run(meter, TestBatch({{10.0}, {9.5}, {10.2509}}));
  CHECK(rows == std::vector<Row>{{0, 1000, 10000, 10250, 3, 0, "end"}});
  CHECK(meter.counters().late_packets == 1);
  CHECK(meter.counters().largest_step_back_ns == 500000000);
  CHECK(meter.counters().first_late_packet == 2);
}

TEST_CASE("times at both ends of 64 bits overflow nothing") {
  MeterGroup meter(options(), {nullptr});
  TestBatch batch({{0}, {0}, {0}});
  batch.records[0].time_ns = INT64_MAX;
  batch.records[1].time_ns = INT64_MIN;
  batch.records[2].time_ns = 0;
  CHECK(run(meter, batch).size() == 1);
  CHECK(meter.counters().largest_step_back_ns == INT64_MAX);
}

TEST_CASE("neither the size of the output nor the number of meters changes the flows, their order or their ids") {
  std::vector<TestPacket> packets;
  std::mt19937 random(7);
  for (int i = 0; i < 3000; i++) packets.push_back({i * 0.1 + random() % 3, static_cast<uint8_t>(random() % 20), 200, static_cast<uint16_t>(random() % 50)});
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 4000;
  chosen.active_timeout_ms = 20000;
  const TestBatch batch(packets);
  MeterGroup one(chosen, {nullptr});
  const auto expected = run(one, batch);
  CHECK(expected.size() > 500);
  for (size_t meters : {1, 2, 3, 5}) {
    for (size_t rows : {1, 2, 7, 100, 8192}) {
      chosen.max_rows = rows;
      chosen.max_bytes = rows == 100 ? 300 : 4 << 20;
      MeterGroup group(chosen, std::vector<Dissector*>(meters, nullptr));
      CHECK(run(group, batch) == expected);
      CHECK(group.counters().packets == one.counters().packets);
      CHECK(group.counters().flows == expected.size());
      CHECK(group.counters().late_packets == one.counters().late_packets);
      CHECK(group.counters().largest_step_back_ns == one.counters().largest_step_back_ns);
      CHECK(group.open_flows() == 0);
    }
  }
}

TEST_CASE("an output of any size gives the same evictions") {
  std::vector<TestPacket> packets;
  std::mt19937 random(8);
  for (int i = 0; i < 2000; i++) packets.push_back({i * 0.1, static_cast<uint8_t>(random() % 20), 200, static_cast<uint16_t>(random() % 50)});
  MeterOptions chosen = options();
  chosen.capacity = 100;
  const auto expected = run(chosen, packets);
  CHECK(expected[0].end == "capacity");
  for (size_t rows : {1, 3}) {
    chosen.max_rows = rows;
    CHECK(run(chosen, packets) == expected);
  }
}

TEST_CASE("nothing in a batch is trusted") {
  const struct {
    const char* what;
    void (*spoil)(PacketRecord&);
    IgnoreReason reason;
  } cases[] = {
      {"data beyond the slab", [](PacketRecord& r) { r.data_offset = 0xffffffff; }, IgnoreReason::malformed},
      {"a length beyond the slab, header inside", [](PacketRecord& r) { r.captured_length = 0xffffffff; }, IgnoreReason::none},
      {"a header beyond the packet", [](PacketRecord& r) { r.l3_offset = 15; }, IgnoreReason::malformed},
      {"a header far beyond", [](PacketRecord& r) { r.l3_offset = 0xffff; }, IgnoreReason::malformed},
      {"IPv6 where there is no room", [](PacketRecord& r) { r.set_ip_version(6); }, IgnoreReason::malformed},
      {"no such IP version", [](PacketRecord& r) { r.set_ip_version(5); }, IgnoreReason::malformed},
      {"no captured bytes", [](PacketRecord& r) { r.captured_length = 0; }, IgnoreReason::malformed},
      {"hardware addresses beyond the packet",
       [](PacketRecord& r) {
         r.src_mac_offset = 0xfffe;
         r.dst_mac_offset = 30;
       },
       IgnoreReason::none},
      {"no such reason", [](PacketRecord& r) { r.ignore_reason = 200; }, IgnoreReason::malformed},
      {"a reason", [](PacketRecord& r) { r.ignore_reason = static_cast<uint8_t>(IgnoreReason::fragment); }, IgnoreReason::fragment},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    TestBatch batch(std::vector<TestPacket>{{1}});
    one.spoil(batch.records[0]);
    MeterGroup meter(options(), {nullptr});
    const size_t flows = run(meter, batch).size();
    CHECK(flows == (one.reason == IgnoreReason::none ? 1 : 0));
    CHECK(meter.counters().packets == flows);
    if (flows == 0) CHECK(meter.counters().ignored[static_cast<size_t>(one.reason)] == 1);
  }
}

TEST_CASE("an ignored packet does not move the clock") {
  TestBatch batch({{1}, {500}, {2}});
  batch.records[1].ignore_reason = static_cast<uint8_t>(IgnoreReason::not_ip);
  MeterGroup meter(options(), {nullptr});
  CHECK(run(meter, batch) == std::vector<Row>{{0, 1000, 1000, 2000, 2, 0, "end"}});
}
