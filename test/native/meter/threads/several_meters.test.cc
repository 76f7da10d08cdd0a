// Several meters give what one gives, whatever flows end by, and hold as many flows together as one may.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "engine/meter/crew.h"
#include "engine/meter/meter_group.h"
#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

// Its labels are those of addresses, so that it makes no difference which meter has it.
class ByAddress : public Dissector {
 public:
  size_t state_size() const noexcept override { return sizeof(uint16_t); }
  void start(void* state) noexcept override { *static_cast<uint16_t*>(state) = 0; }
  DissectProgress try_feed(void* state, const DissectInput& packet) noexcept override {
    *static_cast<uint16_t*>(state) = static_cast<uint16_t>(packet.ip[15] + packet.ip[19]);
    return DissectProgress::partial;
  }
  void try_give_up(void*) noexcept override {}
  Verdict try_verdict(void* state) noexcept override {
    Verdict made;
    made.application = *static_cast<uint16_t*>(state);
    return made;
  }
  bool knows_hello(const void*) const noexcept override { return true; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello&) noexcept override { return found; }
  void release(void*) noexcept override {}
  TextView application_name(uint16_t application) const noexcept override { return application % 2 == 0 ? "even" : "odd"; }
  TextView category_name(uint16_t) const noexcept override { return "some"; }
  TextView breed_name(uint16_t) const noexcept override { return "Fun"; }
  TextView confidence_name(uint8_t) const noexcept override { return "DPI"; }
  bool renew() noexcept override { return true; }
};

struct Result {
  TextRows rows;
  RunCounters counters;
};

// Takes a batch in pieces of this size, three at a step.
Result run(const MeterOptions& options, const TestBatch& batch, size_t meters, size_t piece, bool dissects = false) {
  std::vector<ByAddress> made(meters);
  std::vector<Dissector*> dissectors;
  for (ByAddress& one : made) dissectors.push_back(dissects ? &one : nullptr);
  MeterGroup group(options, dissectors);
  Result result;
  const auto take = [&] {
    FlowColumns& output = group.output();
    for (size_t row = 0; row < output.rows(); row++) {
      result.rows.emplace_back();
      for (size_t column = 0; column < output.size(); column++) result.rows.back().push_back(cell(output, column, row, 0));
    }
    output.clear();
  };
  const PacketBatchView all = batch.view();
  for (size_t at = 0; at < all.count;) {
    std::vector<PacketBatchView> batches;
    for (; batches.size() < 3 && at < all.count; at += std::min(piece, all.count - at)) {
      batches.push_back(all);
      batches.back().records += at;
      batches.back().count = std::min(piece, all.count - at);
    }
    MeterStatus status;
    while ((status = group.feed(batches)) == MeterStatus::full) take();
    REQUIRE(status == MeterStatus::done);
  }
  take();
  while (group.flush() == MeterStatus::full) take();
  take();
  CHECK(group.open_flows() == 0);
  result.counters = group.counters();
  return result;
}

// Conversations of a few hosts; some times go back, some leap ahead, some packets are ignored, and some begin or end a connection.
TestBatch traffic(unsigned seed, int packets, double apart) {
  std::mt19937 random(seed);
  TestBatch batch({});
  for (int i = 0; i < packets; i++) {
    const auto host = static_cast<uint8_t>(1 + random() % 6);
    TestPacket packet{1000 + i * apart};
    const bool back = random() % 3 == 0;
    packet.source = back ? 9 : host;
    packet.destination = back ? host : 9;
    const auto port = static_cast<uint16_t>(1000 + random() % 60);
    packet.src_port = back ? 80 : port;
    packet.dst_port = back ? port : 80;
    if (random() % 50 == 0) packet.seconds -= 3;
    if (random() % 400 == 0) packet.seconds += 5000;
    batch.add(packet);
    if (random() % 40 == 0) batch.records.back().ignore_reason = static_cast<uint8_t>(IgnoreReason::not_ip);
  }
  return batch;
}

void require_same(const Result& result, const Result& expected) {
  CHECK(result.rows.size() == expected.rows.size());
  for (size_t i = 0; i < std::min(result.rows.size(), expected.rows.size()); i++) REQUIRE(result.rows[i] == expected.rows[i]);
  CHECK(result.counters.packets == expected.counters.packets);
  CHECK(result.counters.late_packets == expected.counters.late_packets);
  CHECK(result.counters.first_late_packet == expected.counters.first_late_packet);
  CHECK(result.counters.last_clock_ns == expected.counters.last_clock_ns);
  for (size_t reason = 0; reason < static_cast<size_t>(IgnoreReason::count); reason++)
    CHECK(result.counters.ignored[reason] == expected.counters.ignored[reason]);
  for (size_t reason = 0; reason < static_cast<size_t>(EndReason::count); reason++) CHECK(result.counters.ended[reason] == expected.counters.ended[reason]);
}

}  // namespace

TEST_CASE("any number of meters gives the rows of one, in its order, whatever ends flows, also where they have to give way") {
  const struct {
    const char* what;
    int64_t idle_ms, active_ms;
    size_t capacity;
    double apart;  // seconds from packet to packet
    EndReason shows;
  } cases[] = {
      {"idle and active timeouts", 2000, 7000, 100000, 0.01, EndReason::active},
      {"many packets in a millisecond", 20, 500, 100000, 0.0001, EndReason::idle},
      {"a table that is always full", no_timeout, no_timeout, 50, 0.01, EndReason::capacity},
      {"a table of one flow", 1000, 5000, 1, 0.01, EndReason::capacity},
      {"a table that is full at times", 2000, 7000, 155, 0.01, EndReason::capacity},
      {"as many as there is room for, and some more", no_timeout, no_timeout, 355, 0.01, EndReason::capacity},
      {"every packet is a flow", 0, 7000, 100000, 0.01, EndReason::idle},
      {"every packet is a flow, of which there may be one", 0, 7000, 1, 0.0001, EndReason::idle},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    MeterOptions options = options_with({"id", "src_ip", "src_port", "bidirectional_first_seen", "bidirectional_last_seen", "bidirectional_packets",
                                         "dst2src_packets", "end_reason", "connection_uid", "part"});
    options.idle_timeout_ms = one.idle_ms;
    options.active_timeout_ms = one.active_ms;
    options.capacity = one.capacity;
    options.max_clock_step_ms = 100000;
    const TestBatch batch = traffic(3, 9000, one.apart);
    const Result expected = run(options, batch, 1, batch.records.size());
    CHECK(expected.counters.ended[static_cast<size_t>(one.shows)] > 0);
    for (const size_t meters : {2, 3, 8}) {
      for (const size_t rows : {1, 50, 8192}) {
        CAPTURE(meters);
        CAPTURE(rows);
        options.max_rows = rows;
        require_same(run(options, batch, meters, rows == 50 ? 700 : 5000), expected);
      }
    }
  }
}

TEST_CASE("any number of meters with labels gives the rows of one, with and without threads for dissection") {
  MeterOptions options = options_with({"id", "src_port", "bidirectional_packets", "end_reason", "application_name"});
  options.dissections = 3;
  options.idle_timeout_ms = 2000;
  for (const size_t capacity : {100, 100000}) {
    options.capacity = capacity;
    options.max_rows = 8192;
    options.dissect_beside = false;
    const TestBatch batch = traffic(4, 6000, 0.01);
    const Result expected = run(options, batch, 1, 6000, true);
    for (const size_t meters : {2, 5}) {
      for (const bool beside : {false, true}) {
        for (const size_t rows : {1, 30, 8192}) {
          options.dissect_beside = beside;
          options.max_rows = rows;
          require_same(run(options, batch, meters, 1000, true), expected);
        }
      }
    }
  }
}

TEST_CASE("no flow gives way before all meters together have as many as there may be, also where two hosts have all of them") {
  for (const bool dissects : {false, true}) {
    MeterOptions options = options_with({"src_port", "end_reason"});
    options.dissections = dissects ? 1 : 0;
    options.capacity = 20000;
    TestBatch batch({});
    for (int i = 0; i < 20000; i++) batch.add({1, 1, 2, static_cast<uint16_t>(1 + i), 80});
    for (const size_t meters : {1, 8}) CHECK(run(options, batch, meters, 6000, dissects).counters.ended[static_cast<size_t>(EndReason::capacity)] == 0);
    batch.add({1, 1, 2, 30000, 80});
    batch.add({1, 3, 4, 30000, 80});
    for (const size_t meters : {1, 8}) {
      const Result result = run(options, batch, meters, 6000, dissects);
      CHECK(result.counters.ended[static_cast<size_t>(EndReason::capacity)] == 2);
      CHECK(result.rows[0] == std::vector<std::string>{"1", "capacity"});
      CHECK(result.rows[1] == std::vector<std::string>{"2", "capacity"});
    }
  }
}

TEST_CASE("a run that is given up in the middle of its batches ends every open flow") {
  for (const size_t capacity : {20, 100000}) {
    MeterOptions options = options_with({"id", "end_reason"});
    options.idle_timeout_ms = 2000;
    options.max_rows = 5;
    options.capacity = capacity;
    const TestBatch batch = traffic(5, 9000, 0.01);
    for (const size_t meters : {1, 2, 4}) {
      MeterGroup group(options, std::vector<Dissector*>(meters, nullptr));
      for (int i = 0; i < 50; i++) {
        REQUIRE(group.feed({batch.view()}) == MeterStatus::full);
        group.output().clear();
      }
      MeterStatus status;
      while ((status = group.flush()) == MeterStatus::full) group.output().clear();
      CHECK(status == MeterStatus::done);
      CHECK(group.open_flows() == 0);
      CHECK(group.counters().ended[static_cast<size_t>(EndReason::end_of_source)] > 0);
    }
  }
}

TEST_CASE("all that two addresses exchange is one meter's with labels, and every meter's without") {
  const auto shares = [](bool by_addresses) {
    RunClock clock(no_timeout);
    const FlowHash hash;
    Router router(4, by_addresses, clock, hash);
    Stretch stretch(4, 3000, false);
    TestBatch batch({});
    for (int i = 0; i < 2000; i++) batch.add({1 + i * 0.0004, 1, 2, static_cast<uint16_t>(1 + i), 80});
    batch.records[7].ignore_reason = static_cast<uint8_t>(IgnoreReason::fragment);
    BatchPosition at;
    router.route({batch.view(), batch.view()}, at, stretch);
    CHECK(at.batch == 1);
    CHECK(at.next == 1000);
    CHECK(stretch.count() == 2998);
    CHECK(clock.passed() == 3000);
    CHECK(stretch.end_ms() == 1799);
    CHECK(stretch.marks().first(0, 1003)->number == 9);
    CHECK(stretch.marks().first(0, 1800) == nullptr);
    size_t most = 0;
    size_t all = 0;
    for (size_t meter = 0; meter < 4; meter++) {
      most = std::max(most, stretch.count_of(meter));
      all += stretch.count_of(meter);
      uint64_t last = 0;
      for (size_t i = 0; i < stretch.count_of(meter); i++) {
        const PreparedPacket& packet = *stretch.packets_of(meter)[i];
        CHECK(packet.meter == meter);
        REQUIRE(packet.number > last);
        last = packet.number;
      }
    }
    CHECK(all == 2998);
    return most;
  };
  CHECK(shares(true) == 2998);
  CHECK(shares(false) < 1500);
}

TEST_CASE("a crew does every task once, be there more or fewer than threads") {
  for (const size_t threads : {1, 2, 5}) {
    Crew crew(threads);
    for (size_t round = 0; round < 200; round++) {
      const size_t tasks = round % 12;
      std::vector<std::atomic<int>> done(tasks);
      crew.run(tasks, [&](size_t task) { done[task]++; });
      for (const auto& count : done) REQUIRE(count == 1);
    }
  }
}
