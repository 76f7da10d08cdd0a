#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "engine/meter/meter_group.h"
#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

// Labels a flow at its nth packet, and is content `more` packets later. Knows which states are open.
class FakeDissector : public Dissector {
 public:
  FakeDissector(int label_at, int more) : label_at_(label_at), more_(more) {}

  size_t state_size() const noexcept override { return sizeof(int); }
  void start(void* state) noexcept override {
    CHECK(open.insert(state).second);
    *static_cast<int*>(state) = 0;
  }
  DissectProgress try_feed(void* state, const DissectInput& packet) noexcept override {
    CHECK(open.count(state) == 1);
    CHECK(packet.size == 20);
    CHECK(packet.ip[0] == 0x45);
    fed++;
    const int packets = ++*static_cast<int*>(state);
    return packets < label_at_ ? DissectProgress::searching : packets < label_at_ + more_ ? DissectProgress::partial : DissectProgress::finished;
  }
  void try_give_up(void* state) noexcept override {
    if (*static_cast<int*>(state) < label_at_) {
      guesses++;
      *static_cast<int*>(state) = -1;
    }
  }
  Verdict try_verdict(void* state) noexcept override {
    Verdict made;
    made.master = 5;
    made.application = 7;
    made.category = 1;
    made.guessed = *static_cast<int*>(state) == -1;
    made.confidence = made.guessed ? 1 : 6;
    made.facts.set(Fact::server_name, "caf\xc3\xa9.example");
    made.facts.set(Fact::user_agent, std::string_view("\xff", 1));
    return made;
  }
  bool knows_hello(const void*) const noexcept override { return true; }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello&) noexcept override { return found; }
  void release(void* state) noexcept override { CHECK(open.erase(state) == 1); }
  TextView application_name(uint16_t application) const noexcept override { return application == 5 ? "TLS" : application == 7 ? "Shop" : "Unknown"; }
  TextView category_name(uint16_t category) const noexcept override { return category == 1 ? "Web" : "Unspecified"; }
  TextView breed_name(uint16_t application) const noexcept override { return application == 7 ? "Fun" : "Unrated"; }
  TextView confidence_name(uint8_t confidence) const noexcept override { return confidence == 6 ? "DPI" : "Match by port"; }

  bool renew() noexcept override { return fed == 0; }

  std::set<void*> open;
  int fed = 0;
  int guesses = 0;

 private:
  int label_at_;
  int more_;
};

struct Outcome {
  int fed, guesses;
  std::string name, pair, server, agent;
  int64_t guessed, confidence;
};

Outcome dissect(int label_at, int more, unsigned dissections, int packets) {
  FakeDissector dissector(label_at, more);
  MeterOptions options;
  options.dissections = dissections;
  options.columns = columns_named({"application_name", "application_pair", "requested_server_name", "user_agent", "application_is_guessed",
                                   "application_confidence", "application_category_name"});
  MeterGroup meter(options, {&dissector});
  TestBatch batch({});
  for (int i = 0; i < packets; i++) batch.add({1.0 + i});
  REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
  REQUIRE(meter.flush() == MeterStatus::done);
  CHECK(dissector.open.empty());
  const auto text = [&](size_t column) { return std::string(meter.output().part(column).text, meter.output().part(column).text_bytes); };
  const auto integer = [&](size_t column) { return static_cast<const int64_t*>(meter.output().part(column).values)[0]; };
  CHECK(text(6) == "Web");
  return {dissector.fed, dissector.guesses, text(0), text(1), text(2), text(3), integer(4), integer(5)};
}

}  // namespace

TEST_CASE("how many packets are dissected, and when a flow is guessed") {
  const struct {
    int label_at, more;
    unsigned dissections;
    int packets, fed, guesses;
  } cases[] = {
      {1, 0, 20, 10, 1, 0},     // labelled by its first packet
      {3, 0, 20, 10, 3, 0},     //
      {3, 4, 20, 10, 7, 0},     // more facts after the label
      {3, 100, 20, 30, 20, 0},  // the limit ends the wait for more
      {50, 0, 20, 30, 20, 1},   // the limit ends the search with a guess
      {50, 0, 20, 5, 5, 1},     // so does the flow's end
      {2, 0, 1, 5, 1, 1},       // a limit of one
      {1, 5, 1, 5, 1, 0},
  };
  for (const auto& one : cases) {
    CAPTURE(one.label_at);
    CAPTURE(one.dissections);
    CAPTURE(one.packets);
    const Outcome outcome = dissect(one.label_at, one.more, one.dissections, one.packets);
    CHECK(outcome.fed == one.fed);
    CHECK(outcome.guesses == one.guesses);
    CHECK(outcome.guessed == one.guesses);
    CHECK(outcome.confidence == (one.guesses == 1 ? 1 : 6));
    CHECK(outcome.name == "TLS.Shop");
    CHECK(outcome.pair == "TLS.Shop");
    CHECK(outcome.server == "caf\xc3\xa9.example");
    CHECK(outcome.agent == "\xef\xbf\xbd");
  }
}

TEST_CASE("later fragments are counted and not dissected, and the limit counts what was") {
  FakeDissector dissector(3, 0);
  MeterOptions options;
  options.dissections = 3;
  options.columns = columns_named({"bidirectional_packets", "application_name", "application_is_guessed"});
  MeterGroup meter(options, {&dissector});
  TestBatch batch({});
  for (int i = 0; i < 12; i++) {
    batch.add({1.0 + i});
    if (i % 4 != 3) batch.records.back().tunnel_and_ip |= PacketRecord::later_fragment_flag;
  }
  REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
  REQUIRE(meter.flush() == MeterStatus::done);
  CHECK(dissector.fed == 3);
  CHECK(dissector.guesses == 0);
  CHECK(meter.output().rows() == 1);
  CHECK(cell(meter.output(), 0, 0, 0) == "12");
  CHECK(cell(meter.output(), 1, 0, 0) == "TLS.Shop");
  CHECK(cell(meter.output(), 2, 0, 0) == "0");
}

TEST_CASE("a meter that is dropped with open flows releases their dissections") {
  FakeDissector dissector(10, 0);
  {
    MeterOptions options;
    options.columns = columns_named({"id"});
    MeterGroup meter(options, {&dissector});
    TestBatch batch({{1, 1, 2, 1}, {1, 1, 2, 2}});
    REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
    CHECK(dissector.open.size() == 2);
    CHECK(meter.open_flows() == 2);
  }
  CHECK(dissector.open.empty());
}
