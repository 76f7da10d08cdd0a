#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/meter/meter_group.h"
#include "meter/connection.h"
#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

MeterOptions options() {
  MeterOptions made;
  made.dissections = 0;
  made.columns = columns_named({"id", "src_port", "bidirectional_packets", "end_reason", "export_reason"});
  return made;
}

// What a caller of steps sees: "1000#2" is the second packet of the flow from port 1000, "-1000" the end of that flow.
class Stepper {
 public:
  explicit Stepper(const MeterOptions& chosen, Dissector* dissector = nullptr) : group(chosen, {dissector}) {}

  template <typename Hook>
  void run(const TestBatch& batch, Hook hook) {
    meter().begin(batch.view());
    for (;;) {
      SteppedPacket stepped{};
      bool told = false;
      const MeterStatus status = meter().step(stepped, told);
      note_ended();
      if (told) {
        note_packet(stepped);
        hook(stepped);
        note_ended();
      }
      if (status == MeterStatus::full && drain()) return;
      if (status == MeterStatus::done && !told) return;
    }
  }
  void run(const TestBatch& batch) {
    run(batch, [](const SteppedPacket&) {});
  }

  void flush() {
    for (MeterStatus status = MeterStatus::full; status == MeterStatus::full;) {
      status = meter().flush();
      note_ended();
      if (drain()) return;
    }
  }

  Meter& meter() { return group.only(); }
  uint64_t ignored_late() const { return group.counters().ignored[static_cast<size_t>(IgnoreReason::after_expire)]; }

  MeterGroup group;
  std::string seen;
  std::string rows;
  size_t most_at_once = 3;

 private:
  std::string port_of(uint32_t flow) {
    const FlowRecord& record = meter().record(flow);
    return std::to_string(record.key.port(record.source_is_larger));
  }
  void note_packet(const SteppedPacket& stepped) {
    CHECK(meter().has(stepped.flow));
    CHECK(stepped.opened == (meter().record(stepped.flow).total_packets() == 1));
    seen += port_of(stepped.flow) + "#" + std::to_string(meter().record(stepped.flow).total_packets()) + " ";
  }
  void note_ended() {
    for (size_t count = 1; count > 0;) {
      const EndedFlow* ended = meter().newly_ended(most_at_once, count);
      CHECK(count <= most_at_once);
      for (size_t i = 0; i < count; i++) seen += "-" + port_of(ended[i].flow) + " ";
    }
    CHECK_FALSE(meter().has_newly_ended());
  }
  // Whether enough flows are out.
  bool drain() {
    for (;;) {
      const MeterStatus status = group.drain(true);
      FlowColumns& output = group.output();
      for (size_t row = 0; row < output.rows(); row++) {
        for (size_t column = 0; column < output.size(); column++) rows += (column == 0 ? "" : ":") + cell(output, column, row, 0);
        rows += " ";
      }
      output.clear();
      if (status != MeterStatus::full) return status == MeterStatus::enough;
    }
  }
};

std::vector<TestPacket> of_ports(const std::vector<uint16_t>& ports, double apart = 1) {
  std::vector<TestPacket> packets;
  for (const uint16_t port : ports) {
    TestPacket packet{};
    packet.seconds = 1000 + apart * static_cast<double>(packets.size());
    packet.source = 1;
    packet.destination = 2;
    packet.src_port = port;
    packet.dst_port = 80;
    packet.wire_length = 100;
    packets.push_back(packet);
  }
  return packets;
}

}  // namespace

TEST_CASE("steps tell every packet of a flow in order, and the flows that it ends before it") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 2500;
  Stepper stepper(chosen);
  stepper.run(TestBatch(of_ports({1000, 1001, 1000, 1002, 1001, 1001})));
  CHECK(stepper.seen == "1000#1 1001#1 1000#2 1002#1 -1001 1001#1 -1000 1001#2 ");
  CHECK(stepper.rows.empty());
  stepper.flush();
  CHECK(stepper.seen == "1000#1 1001#1 1000#2 1002#1 -1001 1001#1 -1000 1001#2 -1002 -1001 ");
  CHECK(stepper.rows == "0:1001:1:idle:0 1:1000:2:idle:0 2:1002:1:end:2 3:1001:2:end:2 ");
}

TEST_CASE("steps make the flows that feeding makes, wherever batches end and however little room there is") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; round++) {
    MeterOptions chosen = options();
    chosen.idle_timeout_ms = static_cast<int64_t>(random() % 6) * 1000;
    chosen.active_timeout_ms = static_cast<int64_t>(random() % 12) * 1000;
    chosen.capacity = 1 + random() % 6;
    chosen.max_rows = 1 + random() % 5;
    chosen.max_flows = random() % 4 == 0 ? random() % 20 : UINT64_MAX;
    if (chosen.max_flows == 0) chosen.max_flows = 1;
    std::vector<TestPacket> packets;
    for (int i = 0; i < 80; i++) {
      TestPacket packet{};
      packet.seconds = 1000 + i * 0.7 + static_cast<double>(random() % 3);
      packet.source = static_cast<uint8_t>(1 + random() % 2);
      packet.destination = static_cast<uint8_t>(3 - packet.source);
      packet.src_port = static_cast<uint16_t>(1000 + random() % 4);
      packet.dst_port = 80;
      packet.wire_length = 100;
      packets.push_back(packet);
    }
    const size_t middle = random() % packets.size();
    const TestBatch first({packets.begin(), packets.begin() + static_cast<long>(middle)});
    const TestBatch second({packets.begin() + static_cast<long>(middle), packets.end()});
    Stepper stepper(chosen);
    stepper.most_at_once = 1 + random() % 3;
    stepper.run(first);
    if (stepper.group.counters().flows < chosen.max_flows) stepper.run(second);
    if (stepper.group.counters().flows < chosen.max_flows) stepper.flush();

    MeterGroup group(chosen, {nullptr});
    std::string rows;
    MeterStatus status = MeterStatus::done;
    const auto take = [&] {
      FlowColumns& output = group.output();
      for (size_t row = 0; row < output.rows(); row++) {
        for (size_t column = 0; column < output.size(); column++) rows += (column == 0 ? "" : ":") + cell(output, column, row, 0);
        rows += " ";
      }
      output.clear();
    };
    for (const TestBatch* batch : {&first, &second}) {
      if (status == MeterStatus::enough) break;
      while ((status = group.feed({batch->view()})) == MeterStatus::full) take();
      take();
    }
    if (status != MeterStatus::enough) {
      while ((status = group.flush()) == MeterStatus::full) take();
      take();
    }
    CAPTURE(round);
    CHECK(stepper.rows == rows);
    if (chosen.max_flows == UINT64_MAX) CHECK(stepper.group.counters().packets == group.counters().packets);
  }
}

TEST_CASE("a flow that is ended at a packet ends with that packet, and the next one opens another") {
  Stepper stepper(options());
  stepper.run(TestBatch(of_ports({1000, 1000, 1001, 1000, 1000})), [&](const SteppedPacket& stepped) {
    if (stepped.index == 1) CHECK(stepper.meter().expire_stepped(7, false) == MeterStatus::done);
    if (stepped.index == 1) CHECK(stepper.meter().expire_stepped(8, false) == MeterStatus::done);  // it has ended, and does not end twice
  });
  CHECK(stepper.seen == "1000#1 1000#2 -1000 1001#1 1000#1 1000#2 ");
  stepper.flush();
  CHECK(stepper.rows == "0:1000:2:custom:7 1:1001:1:end:2 2:1000:2:end:2 ");
  CHECK(stepper.group.counters().ended[static_cast<size_t>(EndReason::custom)] == 1);
}

TEST_CASE("a flow that a packet of another one ends does not end with a packet") {
  MeterOptions chosen = options();
  chosen.capacity = 1;
  Stepper stepper(chosen);
  stepper.run(TestBatch(of_ports({1000, 1001, 1000})), [&](const SteppedPacket& stepped) {
    if (stepped.index == 1) CHECK(stepper.meter().expire_stepped(5, false) == MeterStatus::done);
  });
  stepper.flush();
  CHECK(stepper.rows == "0:1000:1:capacity:3 1:1001:1:custom:5 2:1000:1:end:2 ");
}

TEST_CASE("what comes of a flow whose rest is ignored is counted as that until it has been idle") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = 3000;
  Stepper stepper(chosen);
  stepper.run(TestBatch(of_ports({1000, 1000, 1000, 1001, 1000, 1001, 1001, 1000, 1000})), [&](const SteppedPacket& stepped) {
    if (stepped.index == 1) stepper.meter().expire_stepped(5, true);
  });
  CHECK(stepper.seen == "1000#1 1000#2 -1000 1001#1 1001#2 1001#3 1000#1 1000#2 ");
  CHECK(stepper.ignored_late() == 2);
  CHECK(stepper.group.counters().packets == 7);
  CHECK(stepper.group.open_flows() == 3);  // one of them has ended and waits
  stepper.flush();
  CHECK(stepper.rows == "0:1000:2:custom:5 1:1001:3:end:2 2:1000:2:end:2 ");
  CHECK(stepper.group.open_flows() == 0);
}

TEST_CASE("a key whose rest is ignored is no flow: it is never put out, gives way at capacity, and is freed at the end") {
  MeterOptions chosen = options();
  chosen.capacity = 2;
  SUBCASE("at the end of the source") {
    Stepper stepper(chosen);
    stepper.run(TestBatch(of_ports({1000, 1000})), [&](const SteppedPacket&) { stepper.meter().expire_stepped(5, true); });
    CHECK(stepper.group.open_flows() == 1);
    stepper.flush();
    CHECK(stepper.rows == "0:1000:1:custom:5 ");
    CHECK(stepper.group.open_flows() == 0);
  }
  SUBCASE("at capacity") {
    Stepper stepper(chosen);
    stepper.run(TestBatch(of_ports({1000, 1001, 1002, 1000})), [&](const SteppedPacket& stepped) {
      if (stepped.index == 0) stepper.meter().expire_stepped(5, true);
    });
    stepper.flush();
    CHECK(stepper.rows == "0:1000:1:custom:5 1:1001:1:capacity:3 2:1002:1:end:2 3:1000:1:end:2 ");
  }
  SUBCASE("without an end") {
    Stepper stepper(chosen);
    stepper.run(TestBatch(of_ports({1000, 1001, 1001})), [&](const SteppedPacket& stepped) {
      if (stepped.index == 0) stepper.meter().expire_stepped(5, true);
    });
    CHECK(stepper.rows.empty());
  }
  SUBCASE("at a timeout of 0") {
    chosen.idle_timeout_ms = 0;
    Stepper stepper(chosen);
    stepper.run(TestBatch(of_ports({1000, 1000, 1000}, 0)), [&](const SteppedPacket&) { stepper.meter().expire_stepped(5, true); });
    stepper.flush();
    CHECK(stepper.rows == "0:1000:1:custom:5 1:1000:1:custom:5 2:1000:1:custom:5 ");
  }
}

TEST_CASE("an active timeout does not cut a key whose rest is ignored") {
  MeterOptions chosen = options();
  chosen.active_timeout_ms = 2000;
  Stepper stepper(chosen);
  stepper.run(TestBatch(of_ports({1000, 1000, 1000, 1000, 1000, 1000})), [&](const SteppedPacket&) { stepper.meter().expire_stepped(5, true); });
  stepper.flush();
  CHECK(stepper.rows == "0:1000:1:custom:5 ");
  CHECK(stepper.ignored_late() == 5);
}

TEST_CASE("nobody is told of the packets of a flow that is not watched any more, which counts them") {
  Stepper stepper(options());
  stepper.run(TestBatch(of_ports({1000, 1001, 1000, 1000, 1001})), [&](const SteppedPacket& stepped) {
    if (stepped.index == 2) stepper.meter().unwatch_stepped();
  });
  CHECK(stepper.seen == "1000#1 1001#1 1000#2 1001#2 ");
  stepper.flush();
  CHECK(stepper.rows == "0:1000:3:end:2 1:1001:2:end:2 ");
}

TEST_CASE("a batch that is begun in the middle of another one is told from its first packet") {
  Stepper stepper(options());
  const TestBatch first(of_ports({1000, 1000, 1000}));
  stepper.meter().begin(first.view());
  SteppedPacket stepped{};
  bool told = false;
  CHECK(stepper.meter().step(stepped, told) == MeterStatus::done);
  CHECK(told);
  stepper.run(TestBatch(of_ports({1001, 1001})));
  CHECK(stepper.seen == "1001#1 1001#2 ");
}

TEST_CASE("a step tells when the packet is counted, its size and direction, and the packet before it") {
  MeterOptions chosen = options();
  Stepper stepper(chosen);
  std::vector<std::string> told;
  TestBatch batch({{1000.5}, {1000.25, 2, 1, 80, 1000, 60}, {1001, 2, 1, 80, 1000, 70}});
  stepper.run(batch, [&](const SteppedPacket& stepped) {
    told.push_back(std::to_string(stepped.direction) + " " + std::to_string(stepped.size) + " " + std::to_string(stepped.time_ns) + " " +
                   std::to_string(stepped.before_ns));
  });
  CHECK(told == std::vector<std::string>{"0 100 1000500000000 1000500000000", "1 60 1000500000000 1000500000000", "1 70 1001000000000 1000500000000"});
}

TEST_CASE("all flows that a packet ends are told, however many there are and however little room") {
  MeterOptions chosen = options();
  chosen.tcp_expiry = TcpExpiry::rst;
  chosen.tcp_linger_ms = 1000;
  chosen.active_timeout_ms = 5000;
  chosen.max_rows = 2;
  Stepper stepper(chosen);
  // A flow that is cut off, and whose last packet is the oldest of all; ten that are closed, and over by then.
  TestBatch batch(of_ports({999}));
  const auto join = [&](const Connection& other, double seconds) {
    for (nfstream::PacketRecord record : other.records) {
      record.time_ns = static_cast<int64_t>(seconds * 1e9);
      record.data_offset += static_cast<uint32_t>(batch.data.size());
      batch.records.push_back(record);
    }
    batch.data.insert(batch.data.end(), other.data.begin(), other.data.end());
  };
  for (uint16_t port = 1000; port < 1010; port++) join(Connection("R", 1000, port), 1001);
  batch.add({1006, 1, 2, 999, 80});
  stepper.run(batch);
  stepper.flush();
  CHECK(stepper.rows.substr(0, 13) == "0:999:1:activ");
  CHECK(stepper.group.counters().flows == 12);
  CHECK(stepper.seen.find("999#1 ", 8) > stepper.seen.find("-1009 "));
}

namespace {

// Labels a flow at its third packet, and is never content. Its facts change with every packet.
class Labeller : public Dissector {
 public:
  size_t state_size() const noexcept override { return sizeof(int); }
  void start(void* state) noexcept override { *static_cast<int*>(state) = 0; }
  DissectProgress try_feed(void* state, const DissectInput&) noexcept override {
    return ++*static_cast<int*>(state) < 3 ? DissectProgress::searching : DissectProgress::partial;
  }
  void try_give_up(void*) noexcept override {}
  Verdict try_verdict(void* state) noexcept override {
    Verdict made;
    made.application = *static_cast<int*>(state) < 3 ? 0 : 7;
    text_ = "name " + std::to_string(*static_cast<int*>(state));
    made.facts.set(Fact::server_name, text_);
    return made;
  }
  void release(void*) noexcept override {}
  TextView application_name(uint16_t application) const noexcept override { return application == 7 ? "Shop" : "Unknown"; }
  TextView category_name(uint16_t) const noexcept override { return "Unspecified"; }
  TextView breed_name(uint16_t) const noexcept override { return "Unrated"; }
  TextView confidence_name(uint8_t) const noexcept override { return "Unknown"; }
  bool knows_hello(const void*) const noexcept override { return true; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello&) noexcept override { return found; }
  bool renew() noexcept override { return false; }

 private:
  std::string text_;
};

}  // namespace

TEST_CASE("a label is told as far as it is known, and looking at it changes nothing") {
  MeterOptions chosen = options();
  chosen.dissections = 4;
  chosen.columns = columns_named({"id", "application_name", "requested_server_name", "flow_uid"});
  const TestBatch batch(of_ports({1000, 1000, 1000, 1001, 1000, 1000}));
  Labeller labeller;
  std::string unseen;
  {
    Stepper stepper(chosen, &labeller);
    stepper.run(batch);
    stepper.flush();
    unseen = stepper.rows;
  }
  Stepper stepper(chosen, &labeller);
  std::string told;
  stepper.run(batch, [&](const SteppedPacket& stepped) {
    FlowColumns row(chosen.columns, chosen.format, stepper.meter().layout(), &labeller, 1, SIZE_MAX);
    for (int time = 0; time < 2; time++) {
      row.clear();
      row.append(0, stepper.meter().as_it_is(stepped.flow, true, true), EndReason::idle);
    }
    told += cell(row, 1, 0, 0) + "/" + cell(row, 2, 0, 0) + " ";
    CHECK(cell(row, 3, 0, 0).size() == 32);
  });
  CHECK(told == "Unknown/name 1 Unknown/name 2 Shop/name 3 Unknown/name 1 Shop/name 4 Shop/name 4 ");
  stepper.flush();
  CHECK(stepper.rows == unseen);
}

TEST_CASE("a meter that goes away with looked-up labels frees them") {
  MeterOptions chosen = options();
  chosen.dissections = 4;
  chosen.columns = columns_named({"id", "requested_server_name"});
  Labeller labeller;
  Stepper stepper(chosen, &labeller);
  stepper.run(TestBatch(of_ports({1000, 1000, 1001})), [&](const SteppedPacket& stepped) { stepper.meter().as_it_is(stepped.flow, true, true); });
}
