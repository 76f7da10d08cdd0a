#include "engine/meter/dissection_lane.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

// Writes down what it is asked, in order: a flow's label, and its packets' content, follow from what it saw. Finds something at a flow's third packet.
class LoggingDissector : public Dissector {
 public:
  struct State {
    int packets;
    uint64_t seen;
  };

  size_t state_size() const noexcept override { return sizeof(State); }
  void start(void* state) noexcept override { *static_cast<State*>(state) = {}; }
  DissectProgress try_feed(void* memory, const DissectInput& packet) noexcept override {
    State& state = *static_cast<State*>(memory);
    state.packets++;
    for (size_t i = 0; i < packet.size && i < 64; i++) state.seen = state.seen * 31 + packet.ip[i];
    log.push_back(packet.time_ms * 1000 + static_cast<uint64_t>(state.packets));
    sums.push_back(state.seen + packet.size);
    if (pause.count() > 0) std::this_thread::sleep_for(pause);
    if (log.size() == fails_at) out_of_memory_ = true;
    return state.packets < 3 ? DissectProgress::searching : state.packets < 5 ? DissectProgress::partial : DissectProgress::finished;
  }
  void try_give_up(void* state) noexcept override { log.push_back(static_cast<State*>(state)->seen); }
  Verdict try_verdict(void* memory) noexcept override {
    const State& state = *static_cast<State*>(memory);
    log.push_back(state.seen + 1);
    Verdict made;
    made.application = static_cast<uint16_t>(state.seen % 1000 + log.size() % 7);  // of what was seen before, as the caches of a real one
    made.confidence = 6;
    made.facts.set(Fact::server_name, names_[state.packets % 3]);
    return made;
  }
  bool knows_hello(const void* state) const noexcept override { return static_cast<const State*>(state)->packets >= 4; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello&) noexcept override { return found; }
  void release(void* state) noexcept override { log.push_back(static_cast<State*>(state)->seen + 2); }
  TextView application_name(uint16_t application) const noexcept override {
    static thread_local std::string name;
    name = "app " + std::to_string(application);
    return std::string_view(name);
  }
  TextView category_name(uint16_t) const noexcept override { return std::string_view("some"); }
  TextView breed_name(uint16_t) const noexcept override { return std::string_view("Fun"); }
  TextView confidence_name(uint8_t) const noexcept override { return std::string_view("DPI"); }
  bool renew() noexcept override { return false; }
  bool out_of_memory() const noexcept override { return out_of_memory_; }

  std::vector<uint64_t> log;
  std::vector<uint64_t> sums;
  std::chrono::microseconds pause{0};
  size_t fails_at = 0;

 private:
  std::string names_[3] = {"one.example", "two.example", "three.example"};
  bool out_of_memory_ = false;
};

MeterOptions beside(bool lane) {
  MeterOptions options;
  options.idle_timeout_ms = 500;
  options.columns = columns_named({"id", "src_port", "bidirectional_packets", "application_name", "requested_server_name"});
  options.max_rows = 100;
  options.dissect_beside = lane;
  return options;
}

// Flows of one to nine packets, many open at once, which are idle after a while.
TestBatch traffic(size_t packets) {
  TestBatch batch({});
  for (size_t i = 0; i < packets; i++) {
    const auto flow = static_cast<uint16_t>(i % 7 == 0 ? i / 40 : i / 11);
    batch.add({static_cast<double>(i) / 1000, 1, 2, static_cast<uint16_t>(flow + 1), 80, static_cast<uint32_t>(60 + i % 900)});
  }
  return batch;
}

MeterStatus feed_all(MeterGroup& meter, const PacketBatchView& batch, size_t& rows) {
  for (;;) {
    const MeterStatus status = meter.feed({batch});
    rows += meter.output().rows();
    meter.output().clear();
    if (status != MeterStatus::full) return status;
  }
}

}  // namespace

TEST_CASE("a dissector on a thread of its own is asked the same in the same order, and rows are the same") {
  const TestBatch batch = traffic(30000);
  for (const int pause : {0, 20}) {
    CAPTURE(pause);
    LoggingDissector alone;
    LoggingDissector beside_it;
    beside_it.pause = std::chrono::microseconds(pause);
    const TextRows expected = rows_of(beside(false), batch.view(), {&alone});
    CHECK(rows_of(beside(true), batch.view(), {&beside_it}) == expected);
    CHECK(expected.size() > 2000);
    // A flow's packets may still be on their way when its verdict is made: these are not shown to it either.
    CHECK(beside_it.log == alone.log);
    CHECK(beside_it.sums == alone.sums);
  }
}

TEST_CASE("a packet beyond what dissectors look at is handed on with its size") {
  for (const bool lane : {false, true}) {
    TestBatch batch({});
    batch.add({1});
    batch.data.resize(200000, 7);
    batch.records[0].captured_length = 200000;
    LoggingDissector dissector;
    rows_of(beside(lane), batch.view(), {&dissector});
    LoggingDissector other;
    rows_of(beside(false), batch.view(), {&other});
    CHECK(dissector.sums == other.sums);
  }
}

TEST_CASE("the little that waits at the end of a step is done at once, so that a flow leaves with the packet that ends it") {
  LoggingDissector dissector;
  MeterGroup meter(beside(true), {&dissector});
  const TestBatch first(std::vector<TestPacket>{{1, 1, 2, 1}});
  const TestBatch second(std::vector<TestPacket>{{9, 1, 2, 2}});
  size_t rows = 0;
  REQUIRE(feed_all(meter, first.view(), rows) == MeterStatus::done);
  CHECK(rows == 0);
  REQUIRE(feed_all(meter, second.view(), rows) == MeterStatus::done);
  CHECK(rows == 1);
  // So it does on a silent wire.
  REQUIRE(meter.expire(20000) == MeterStatus::done);
  CHECK(meter.output().rows() == 1);
}

TEST_CASE("a snapshot waits for the verdicts of the packets that were fed") {
  LoggingDissector dissector;
  dissector.pause = std::chrono::microseconds(200);
  MeterGroup meter(beside(true), {&dissector});
  TestBatch batch({});
  for (int i = 0; i < 400; i++) batch.add({1 + i * 0.0001, 1, 2, static_cast<uint16_t>(i % 80)});
  size_t rows = 0;
  REQUIRE(feed_all(meter, batch.view(), rows) == MeterStatus::done);
  REQUIRE(meter.snapshot(false) == MeterStatus::done);
  REQUIRE(meter.output().rows() == 80);
  for (size_t row = 0; row < 80; row++) CHECK(cell(meter.output(), 4, row, 0) == "three.example");
}

TEST_CASE("the want of memory of a dissector on a thread of its own ends the run") {
  for (const size_t fails_at : {1, 50, 5000}) {
    CAPTURE(fails_at);
    LoggingDissector dissector;
    dissector.fails_at = fails_at;
    MeterGroup meter(beside(true), {&dissector});
    const TestBatch batch = traffic(30000);
    size_t rows = 0;
    MeterStatus status = feed_all(meter, batch.view(), rows);
    while (status == MeterStatus::done) {
      status = meter.flush();
      if (status != MeterStatus::full) break;
      meter.output().clear();
      status = MeterStatus::done;
    }
    CHECK(status == MeterStatus::no_memory);
    CHECK(dissector.log.size() >= fails_at);
  }
}

TEST_CASE("a meter that is dropped while its dissector is behind waits for one chunk at most") {
  LoggingDissector dissector;
  dissector.pause = std::chrono::microseconds(100);
  {
    MeterGroup meter(beside(true), {&dissector});
    const TestBatch batch = traffic(4000);
    size_t rows = 0;
    REQUIRE(feed_all(meter, batch.view(), rows) == MeterStatus::done);
  }
  size_t packets = dissector.sums.size();
  CHECK(packets < 4000);
}
