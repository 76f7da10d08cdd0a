#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/meter/meter_group.h"
#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

MeterOptions options() {
  MeterOptions made;
  made.dissections = 0;
  made.columns = columns_named({"id", "src_port", "bidirectional_packets"});
  return made;
}

// Each row as "id:port:packets".
struct Run {
  Run(const MeterOptions& chosen, const std::vector<TestPacket>& packets, size_t meters = 1, size_t batch_size = SIZE_MAX)
      : group(chosen, std::vector<Dissector*>(meters, nullptr)) {
    MeterStatus status = MeterStatus::done;
    for (size_t from = 0; from < packets.size() && status != MeterStatus::enough;) {
      const size_t to = packets.size() - from > batch_size ? from + batch_size : packets.size();
      const TestBatch batch({packets.begin() + static_cast<long>(from), packets.begin() + static_cast<long>(to)});
      do {
        status = group.feed({batch.view()});
        take();
      } while (status == MeterStatus::full);
      from = to;
    }
    while (status != MeterStatus::enough) {
      const MeterStatus flushed = group.flush();
      take();
      if (flushed != MeterStatus::full) break;
    }
  }
  void take() {
    FlowColumns& output = group.output();
    const auto integer = [&](size_t column, size_t row) { return std::to_string(static_cast<const int64_t*>(output.part(column).values)[row]); };
    for (size_t i = 0; i < output.rows(); i++) rows.push_back(integer(0, i) + ":" + integer(1, i) + ":" + integer(2, i));
    output.clear();
  }

  MeterGroup group;
  std::vector<std::string> rows;
};

// Flows that come and go, over a minute.
std::vector<TestPacket> traffic() {
  std::mt19937 random(7);
  std::vector<TestPacket> packets;
  for (int i = 0; i < 4000; i++) {
    packets.push_back({i * 0.015, static_cast<uint8_t>(1 + random() % 9), static_cast<uint8_t>(20 + random() % 9), static_cast<uint16_t>(1000 + random() % 5)});
  }
  return packets;
}

size_t ignored(const MeterGroup& group) { return group.counters().ignored[static_cast<size_t>(IgnoreReason::clock_step)]; }

}  // namespace

TEST_CASE("a packet too far ahead of the clock is ignored, and a second one that agrees is believed") {
  struct {
    const char* what;
    std::vector<TestPacket> packets;
    std::vector<std::string> rows;
    size_t ignored;
  } const cases[] = {
      {"exactly the step is not too far", {{0}, {10}}, {"0:1000:2"}, 0},
      {"a lone one", {{0}, {500}, {1}}, {"0:1000:2"}, 1},
      {"lone ones again and again", {{0}, {500}, {1}, {500}, {2}, {500}}, {"0:1000:3"}, 3},
      {"two in a row that disagree", {{0}, {500}, {900}, {1}}, {"0:1000:2"}, 2},
      {"two in a row that agree: a gap, which costs its first packet", {{0}, {500}, {505}, {506}}, {"0:1000:1", "1:1000:2"}, 1},
      {"two that agree, the second a little earlier", {{0}, {505}, {500}}, {"0:1000:1", "1:1000:1"}, 1},
      {"the third agrees with the second", {{0}, {500}, {900}, {901}}, {"0:1000:1", "1:1000:1"}, 2},
      {"the first packet of all is believed, whatever it says", {{500}, {0}, {1}}, {"0:1000:3"}, 0},
      {"a packet of another flow agrees as well", {{0}, {500, 3, 4}, {501}}, {"0:1000:1", "1:1000:1"}, 1},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    MeterOptions chosen = options();
    chosen.idle_timeout_ms = 60000;
    chosen.max_clock_step_ms = 10000;
    for (const size_t meters : {1, 2, 3}) {
      const Run run(chosen, one.packets, meters);
      CHECK(run.rows == one.rows);
      CHECK(ignored(run.group) == one.ignored);
    }
  }
}

TEST_CASE("a step of the whole range of times overflows nothing, and without a limit every time is believed") {
  const auto times = [](int64_t first, int64_t second) {
    TestBatch batch({{0}, {0}});
    batch.records[0].time_ns = first;
    batch.records[1].time_ns = second;
    return batch;
  };
  MeterOptions chosen = options();
  for (const auto& [limit, expected] : {std::pair<int64_t, size_t>{10000, 1}, {no_timeout - 1, 0}, {no_timeout, 0}}) {
    chosen.max_clock_step_ms = limit;
    MeterGroup group(chosen, {nullptr});
    CHECK(group.feed({times(INT64_MIN + 1, INT64_MAX).view()}) == MeterStatus::done);
    CHECK(ignored(group) == expected);
  }
}

TEST_CASE("a leap that waits for room in the output is decided once") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 1000;
  chosen.max_clock_step_ms = 10000;
  chosen.max_rows = 1;
  std::vector<TestPacket> packets;
  for (uint16_t i = 0; i < 20; i++) packets.push_back({0, 1, 2, static_cast<uint16_t>(1 + i)});
  packets.push_back({500});
  packets.push_back({501});
  packets.push_back({502});
  const Run run(chosen, packets);
  CHECK(run.rows.size() == 22);
  CHECK(ignored(run.group) == 1);
}

TEST_CASE("max_flows gives exactly the first of all flows, with any number of meters and any size of batches and output") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 2000;
  chosen.active_timeout_ms = 5000;
  const std::vector<std::string> all = Run(chosen, traffic()).rows;
  REQUIRE(all.size() > 1000);
  for (const size_t limit : {size_t{1}, size_t{2}, size_t{500}, all.size() - 1, all.size(), all.size() + 1}) {
    for (const size_t meters : {1, 2, 3}) {
      for (const size_t max_rows : {1, 7, 8192}) {
        chosen.max_flows = limit;
        chosen.max_rows = max_rows;
        const Run run(chosen, traffic(), meters, max_rows == 7 ? 100 : SIZE_MAX);
        const std::vector<std::string> head(all.begin(), all.begin() + static_cast<long>(std::min(limit, all.size())));
        CHECK(run.rows == head);
        CHECK(run.group.counters().flows == head.size());
      }
    }
  }
}

TEST_CASE("one meter stops at the packet that ends the last flow: what is open then does not depend on the batches") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 2000;
  chosen.max_flows = 300;
  const size_t open = Run(chosen, traffic()).group.open_flows();
  CHECK(open > 0);
  for (const size_t batch_size : {1, 13, 1000}) CHECK(Run(chosen, traffic(), 1, batch_size).group.open_flows() == open);
}

TEST_CASE("ids begin where they are told") {
  MeterOptions chosen = options();
  chosen.first_id = 41;
  CHECK(Run(chosen, {{0}, {0, 1, 2, 7}}).rows == std::vector<std::string>{"41:1000:1", "42:7:1"});
}
