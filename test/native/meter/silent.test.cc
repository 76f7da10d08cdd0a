// Flows on a wire that is silent: what ends by the time that goes by, and what is shown of those that are open.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
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
  made.idle_timeout_ms = 10000;
  made.columns = columns_named({"id", "src_port", "bidirectional_packets", "end_reason", "expiration_id", "export_reason"});
  return made;
}

TestPacket at(double seconds, uint16_t port, uint8_t source = 1) {
  TestPacket packet{};
  packet.seconds = seconds;
  packet.source = source;
  packet.destination = 2;
  packet.src_port = port;
  packet.dst_port = 80;
  packet.wire_length = 100;
  return packet;
}

// A run whose rows are texts: "id:port:packets:reason".
struct Run {
  explicit Run(const MeterOptions& chosen, size_t meters = 1, Dissector* dissector = nullptr)
      : group(chosen, std::vector<Dissector*>(meters, dissector)), splt(chosen.format.splt) {}

  template <typename Step>
  std::string rows(Step step) {
    std::string text;
    for (MeterStatus status = MeterStatus::full; status == MeterStatus::full;) {
      status = step();
      FlowColumns& output = group.output();
      for (size_t row = 0; row < output.rows(); row++) {
        if (!text.empty()) text += ' ';
        for (size_t column = 0; column < output.size(); column++) text += (column == 0 ? "" : ":") + cell(output, column, row, splt);
      }
      output.clear();
    }
    return text;
  }
  std::string feed(const std::vector<TestPacket>& packets) {
    const TestBatch batch(packets);
    return rows([&] { return group.feed({batch.view()}); });
  }
  std::string expire(int64_t ms) {
    return rows([&] { return group.expire(ms); });
  }
  std::string snapshot(bool active = false) {
    return rows([&] { return group.snapshot(active); });
  }
  std::string sampled(size_t most) {
    return rows([&] { return group.snapshot(true, most); });
  }
  std::string flush() {
    return rows([&] { return group.flush(); });
  }

  MeterGroup group;
  size_t splt;
};

// Is content after three packets; a guess is made of what was given up before, and is another label.
class ThirdPacket : public Dissector {
 public:
  size_t state_size() const noexcept override { return sizeof(int); }
  void start(void* state) noexcept override { *static_cast<int*>(state) = 0; }
  DissectProgress try_feed(void* state, const DissectInput&) noexcept override {
    return ++*static_cast<int*>(state) < 3 ? DissectProgress::searching : DissectProgress::finished;
  }
  void try_give_up(void* state) noexcept override {
    given_up++;
    if (*static_cast<int*>(state) < 3) *static_cast<int*>(state) = -1;
  }
  Verdict try_verdict(void* state) noexcept override {
    const int packets = *static_cast<int*>(state);
    Verdict made;
    made.application = packets < 0 ? 2 : packets < 3 ? 0 : 1;
    if (packets >= 2) made.facts.set(Fact::server_name, "a.example");
    return made;
  }
  bool knows_hello(const void*) const noexcept override { return true; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello&) noexcept override { return found; }
  void release(void*) noexcept override { released++; }
  TextView application_name(uint16_t application) const noexcept override { return application == 0 ? "Unknown" : application == 1 ? "Found" : "Guess"; }
  TextView category_name(uint16_t) const noexcept override { return "Web"; }
  TextView breed_name(uint16_t) const noexcept override { return "Fun"; }
  TextView confidence_name(uint8_t) const noexcept override { return "DPI"; }
  bool renew() noexcept override { return true; }

  int given_up = 0;
  int released = 0;
};

}  // namespace

TEST_CASE("while no packet comes, a flow ends at exactly its idle timeout") {
  Run run(options());
  CHECK(run.feed({at(1000, 1), at(1004, 2)}).empty());
  CHECK(run.expire(1009999).empty());
  CHECK(run.expire(1010000) == "0:1:1:idle:0:0");
  CHECK(run.expire(1013999).empty());
  CHECK(run.expire(1014000) == "1:2:1:idle:0:0");
  CHECK(run.expire(INT64_MAX / 1000000).empty());
  CHECK(run.group.open_flows() == 0);
  CHECK(run.group.counters().ended[static_cast<size_t>(EndReason::idle)] == 2);
}

TEST_CASE("before the first packet nothing ends") {
  Run run(options());
  CHECK(run.expire(1000000).empty());
  CHECK(run.feed({at(1000, 1)}).empty());
}

TEST_CASE("a packet whose time is before that of the silence is not late, and has its own time") {
  MeterOptions chosen = options();
  chosen.columns = columns_named({"src_port", "bidirectional_first_seen", "bidirectional_last_seen", "bidirectional_packets", "end_reason"});
  Run run(chosen);
  run.feed({at(1000, 1), at(1004, 2)});
  CHECK(run.expire(1010500) == "1:1000000:1000000:1:idle");
  // Of the flow that has ended it opens another; in the one that is open it is counted.
  CHECK(run.feed({at(1005, 1), at(1006, 2)}).empty());
  CHECK(run.group.counters().late_packets == 0);
  CHECK(run.flush() == "1:1005000:1005000:1:end 2:1004000:1006000:2:end");
}

TEST_CASE("the silence is counted from the clock, where the largest time that was read is not believed") {
  MeterOptions chosen = options();
  chosen.max_clock_step_ms = 60000;
  Run run(chosen);
  // The source has read 5000 s, and adds what has gone by to that.
  CHECK(run.feed({at(1000, 1), at(5000, 2)}).empty());
  CHECK(run.expire(5000000 + 9999).empty());
  CHECK(run.expire(5000000 + 10000) == "0:1:1:idle:0:0");
  CHECK(run.feed({at(1020, 1)}).empty());
  CHECK(run.expire(5000000 + 9999).empty());
  // The clock has come further: what was ignored counts no more.
  CHECK(run.feed({at(1075, 3), at(1130, 3), at(1180, 3)}) == "1:1:1:idle:0:0 2:3:1:idle:0:0 3:3:1:idle:0:0");
}

TEST_CASE("timeouts that never end a flow do not end it in silence") {
  MeterOptions chosen = options();
  chosen.idle_timeout_ms = no_timeout;
  Run run(chosen);
  run.feed({at(1000, 1)});
  CHECK(run.expire(INT64_MAX / 1000000).empty());
  CHECK(run.flush() == "0:1:1:end:0:2");
}

TEST_CASE("any number of meters, and an output of any size, give the same flows of a silence") {
  std::vector<TestPacket> packets;
  for (int i = 0; i < 40; i++) packets.push_back(at(1000 + 0.01 * i, static_cast<uint16_t>(1 + i), static_cast<uint8_t>(3 + i % 7)));
  Run one(options());
  one.feed(packets);
  const std::string first = one.expire(1010200);
  const std::string rest = one.expire(1011000);
  CHECK(first.find("0:1:1:idle:0:0 1:2:1:idle:0:0 ") == 0);
  CHECK(rest.find("21:22:1:idle:0:0 ") == 0);
  for (const size_t meters : {size_t{1}, size_t{3}}) {
    for (const size_t rows : {size_t{1}, size_t{7}}) {
      MeterOptions chosen = options();
      chosen.max_rows = rows;
      Run run(chosen, meters);
      run.feed(packets);
      CHECK(run.expire(1010200) == first);
      CHECK(run.expire(1011000) == rest);
      CHECK(run.group.open_flows() == 0);
    }
  }
}

TEST_CASE("no more flows end in silence than are asked for") {
  MeterOptions chosen = options();
  chosen.max_flows = 1;
  Run run(chosen);
  run.feed({at(1000, 1), at(1000, 2)});
  CHECK(run.group.expire(1010000) == MeterStatus::enough);
  CHECK(run.group.output().rows() == 1);
}

TEST_CASE("a snapshot shows every open flow as it is, and ends none") {
  for (const size_t rows : {size_t{8192}, size_t{1}}) {
    MeterOptions chosen = options();
    chosen.max_rows = rows;
    Run run(chosen, 2);
    CHECK(run.snapshot().empty());
    CHECK(run.feed({at(1000, 1), at(1000, 2, 9), at(1001, 1), at(1002, 3, 5)}).empty());
    CHECK(run.snapshot() == "-1:2:1:snapshot:5:-1 -1:1:2:snapshot:5:-1 -1:3:1:snapshot:5:-1");
    CHECK(run.feed({at(1003, 2, 9)}).empty());
    CHECK(run.snapshot() == "-1:1:2:snapshot:5:-1 -1:3:1:snapshot:5:-1 -1:2:2:snapshot:5:-1");
    CHECK(run.group.open_flows() == 3);
    CHECK(run.group.counters().flows == 0);
    CHECK(run.group.counters().ended[static_cast<size_t>(EndReason::snapshot)] == 6);
    CHECK(run.flush() == "0:1:2:end:0:2 1:3:1:end:0:2 2:2:2:end:0:2");
  }
}

TEST_CASE("a snapshot of the active flows shows those with packets since the one before, and what no row has told of") {
  for (const size_t rows : {size_t{8192}, size_t{1}}) {
    for (const uint32_t meters : {1u, 3u}) {
      MeterOptions chosen = options();
      chosen.max_rows = rows;
      chosen.columns = columns_named({"src_port", "new_packets", "new_bytes", "bidirectional_packets"});
      Run run(chosen, meters);
      CHECK(run.snapshot(true).empty());
      run.feed({at(1000, 1), at(1000, 2, 9), at(1001, 1)});
      CHECK(run.snapshot(true) == "2:1:100:1 1:2:200:2");
      CHECK(run.snapshot(true).empty());
      run.feed({at(1002, 3), at(1003, 2, 9)});
      CHECK(run.snapshot(true) == "3:1:100:1 2:1:100:2");
      run.feed({at(1004, 1)});
      CHECK(run.snapshot() == "3:0:0:1 2:0:0:2 1:1:100:3");
      run.feed({at(1005, 2, 9)});
      CHECK(run.flush() == "3:0:0:1 1:0:0:3 2:1:100:3");
    }
  }
}

// Large flows are all there, and each of the others stands for as many bytes as the threshold says.
TEST_CASE("of very many active flows a snapshot shows a sample that stands for all") {
  for (const uint32_t meters : {1u, 3u}) {
    MeterOptions chosen = options();
    chosen.columns = columns_named({"src_port", "new_packets", "new_bytes"});
    Run run(chosen, meters);
    std::vector<TestPacket> packets;
    for (int port = 1; port <= 1000; port++) {
      for (int n = 0; n < (port <= 5 ? 200 : 1); n++) packets.push_back(at(1000, port));
    }
    run.feed(packets);
    const std::string rows = run.sampled(100);
    const double threshold = run.group.threshold();
    double estimate = 0;
    size_t count = 0;
    size_t large = 0;
    std::istringstream words(rows);
    for (std::string row; words >> row; count++) {
      const double bytes = std::stod(row.substr(row.rfind(':') + 1));
      estimate += std::max(bytes, threshold);
      if (bytes == 20000) large++;
    }
    CHECK(large == 5);
    CHECK(count >= 99);
    CHECK(count <= 101);
    CHECK(threshold > 1000);
    CHECK(threshold < 1100);
    CHECK(estimate > 0.98 * 199500);
    CHECK(estimate < 1.02 * 199500);
    // What stood for others is told of, too.
    CHECK(run.snapshot(true).empty());
    run.feed({at(1001, 7)});
    CHECK(run.sampled(100) == "7:1:100");
    CHECK(run.group.threshold() == 0);
  }
}

TEST_CASE("a snapshot tells what dissection has found by then, and does not end it") {
  MeterOptions chosen = options();
  chosen.dissections = 20;
  chosen.columns = columns_named({"src_port", "application_name", "requested_server_name"});
  ThirdPacket dissector;
  Run run(chosen, 1, &dissector);
  run.feed({at(1000, 1)});
  CHECK(run.snapshot() == "1:Unknown:");
  run.feed({at(1001, 1), at(1001, 2)});
  CHECK(run.snapshot() == "1:Unknown:a.example 2:Unknown:");
  CHECK(run.snapshot() == "1:Unknown:a.example 2:Unknown:");
  CHECK(dissector.given_up == 0);
  run.feed({at(1002, 1)});
  CHECK(dissector.given_up == 1);
  CHECK(run.snapshot() == "2:Unknown: 1:Found:a.example");
  CHECK(run.flush() == "2:Guess: 1:Found:a.example");
  CHECK(dissector.released == 2);
}
