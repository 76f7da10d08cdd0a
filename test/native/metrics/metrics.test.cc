#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "engine/metrics/distinct.h"
#include "engine/metrics/metric_set.h"

using namespace nfstream;

namespace {

using Words = std::vector<int64_t>;

Words code(std::initializer_list<std::pair<Operation, int64_t>> instructions) {
  Words words;
  for (const auto& [operation, operand] : instructions) {
    words.push_back(static_cast<int64_t>(operation));
    words.push_back(operand);
  }
  return words;
}

bool loads(const Words& words) {
  Program program;
  return program.load(words.data(), words.size());
}

int64_t bits(double value) {
  int64_t word;
  std::memcpy(&word, &value, sizeof word);
  return word;
}

constexpr int64_t of(Term term) { return static_cast<int64_t>(term); }
constexpr int64_t of(Aggregate aggregate) { return static_cast<int64_t>(aggregate); }

const Words one = code({{Operation::integer, 1}});

}  // namespace

TEST_CASE("a program that is not sound is refused") {
  CHECK(loads(one));
  CHECK_FALSE(loads({}));
  CHECK_FALSE(loads({1}));
  CHECK_FALSE(loads({-1, 0}));
  CHECK_FALSE(loads({static_cast<int64_t>(Operation::count), 0}));
  CHECK_FALSE(loads({INT64_MAX, 0}));
  CHECK(loads(code({{Operation::term, of(Term::cwr)}})));
  CHECK_FALSE(loads(code({{Operation::term, of(Term::count)}})));
  CHECK_FALSE(loads(code({{Operation::term, -1}})));
  CHECK_FALSE(loads(code({{Operation::real, bits(HUGE_VAL)}})));
  // Too few operands, too many values, and operands of the other type.
  CHECK_FALSE(loads(code({{Operation::add, 0}})));
  CHECK_FALSE(loads(code({{Operation::integer, 1}, {Operation::add, 0}})));
  CHECK_FALSE(loads(code({{Operation::negate, 0}})));
  CHECK_FALSE(loads(code({{Operation::integer, 1}, {Operation::integer, 1}})));
  CHECK_FALSE(loads(code({{Operation::integer, 1}, {Operation::real, 0}, {Operation::add, 0}})));
  CHECK_FALSE(loads(code({{Operation::real, 0}, {Operation::opposite, 0}})));
  CHECK_FALSE(loads(code({{Operation::integer, 1}, {Operation::divide, 0}})));
  CHECK_FALSE(loads(code({{Operation::real, 0}, {Operation::to_real, 0}})));
  CHECK(loads(code({{Operation::integer, 1}, {Operation::to_real, 0}, {Operation::real, 0}, {Operation::divide, 0}})));
  // Deeper than the stack, and longer than a program may be.
  const auto pushes = [](size_t count) {
    Words words;
    for (size_t i = 0; i < count; i++) words.insert(words.end(), one.begin(), one.end());
    for (size_t i = 1; i < count; i++) words.insert(words.end(), {static_cast<int64_t>(Operation::add), 0});
    return words;
  };
  CHECK(loads(pushes(Program::deepest)));
  CHECK_FALSE(loads(pushes(Program::deepest + 1)));
  Words longest = one;
  while (longest.size() < 2 * Program::longest) longest.insert(longest.end(), {static_cast<int64_t>(Operation::negate), 0});
  CHECK(loads(longest));
  longest.insert(longest.end(), {static_cast<int64_t>(Operation::negate), 0});
  CHECK_FALSE(loads(longest));
}

TEST_CASE("a metric that is none is refused") {
  MetricSet metrics;
  CHECK(metrics.add(of(Aggregate::count), {}, {}));
  CHECK(metrics.add(of(Aggregate::count), {}, one));
  CHECK(metrics.add(of(Aggregate::sum), one, {}));
  CHECK_FALSE(metrics.add(-1, one, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::how_many), one, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::count), one, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::sum), {}, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::sum), {1}, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::sum), one, {1}));
  CHECK_FALSE(metrics.add(of(Aggregate::sum), one, code({{Operation::real, 0}})));
  CHECK(metrics.size() == 3);
  while (metrics.size() < MetricSet::most) REQUIRE(metrics.add(of(Aggregate::distinct), one, {}));
  CHECK_FALSE(metrics.add(of(Aggregate::count), {}, {}));
}

TEST_CASE("terms of a packet whose header ends early") {
  // The shortest that a meter counts: an IPv4 header, and no transport header behind it.
  uint8_t bytes[20] = {0x45};
  bytes[8] = 61;
  PacketRecord record{};
  record.captured_length = sizeof bytes;
  record.protocol = 6;
  record.l4_offset = 20;
  record.tcp_flags = 0x12;
  record.tunnel_and_ip = PacketRecord::later_fragment_flag | 3;
  record.set_ip_version(4);
  const MetricPacket packet{record, bytes, 1, 7, 8, 9, 10, 11};
  const auto value = [&](Term term) {
    const MetricValue found = term_of(term, packet);
    return found.known ? found.integer : -1;
  };
  CHECK(value(Term::ttl) == 61);
  CHECK(value(Term::window) == -1);
  CHECK(value(Term::tunnel) == 3);
  CHECK(value(Term::direction) == 1);
  CHECK(value(Term::size) == 7);
  CHECK(value(Term::number) == 8);
  CHECK(value(Term::index) == 9);
  CHECK(value(Term::time) == 10);
  CHECK(value(Term::delta) == 11);
  CHECK(value(Term::fin) == 0);
  CHECK(value(Term::syn) == 1);
  CHECK(value(Term::ack) == 1);
  CHECK(value(Term::cwr) == 0);
}

TEST_CASE("different values are counted up to a limit, whatever they are") {
  Distinct values{};
  for (const uint64_t seed : {uint64_t{0}, UINT64_MAX, uint64_t{0x9e3779b97f4a7c15}}) {
    values = {};
    for (int round = 0; round < 2; round++) {
      for (int64_t i = 0; i < 1000; i++) {
        REQUIRE(values.add(i, seed));
        REQUIRE(values.add(-i, seed));
        REQUIRE(values.add(i << 40, seed));
      }
      CHECK(values.count == 2998);
    }
    values.release();
  }
  values = {};
  for (int64_t i = 0; i < Distinct::most; i++) REQUIRE(values.add(i, 5));
  CHECK(values.count == Distinct::most);
  CHECK_FALSE(values.full);
  REQUIRE(values.add(3, 5));
  CHECK_FALSE(values.full);
  REQUIRE(values.add(-1, 5));
  CHECK(values.full);
  CHECK(values.cells == nullptr);
  REQUIRE(values.add(-2, 5));
  values.release();
}
