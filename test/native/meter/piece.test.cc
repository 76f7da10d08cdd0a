#include "engine/track/piece.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

SumOfSquares squares_of(const std::vector<int64_t>& values) {
  SumOfSquares squares{};
  for (const int64_t value : values) squares.add(value);
  return squares;
}

}  // namespace

TEST_CASE("a deviation from exact sums, also of numbers whose squares fill 128 bits") {
  const struct {
    std::vector<int64_t> values;
    double deviation;
  } cases[] = {
      {{}, 0},
      {{7}, 0},
      {{7, 7, 7}, 0},
      {{60, 52, 80}, 14.422205101855956},
      {{1000000000000000000, 1000000000000000001, 1000000000000000002}, 1},  // where doubles see no difference
      {{0, INT64_MAX}, 6.521908912666392e18},
      {{0, 0, 0, INT64_MAX}, 4.611686018427388e18},
  };
  for (const auto& one : cases) {
    uint64_t sum = 0;
    for (const int64_t value : one.values) sum += static_cast<uint64_t>(value);
    CAPTURE(one.deviation);
    CHECK(squares_of(one.values).deviation(sum, one.values.size()) == one.deviation);
  }
}

TEST_CASE("a key is the same in both directions, and differs by everything that is in it") {
  const auto key_of = [](const TestPacket& packet) {
    TestBatch batch({packet});
    return rows_of(options_with({"piece_key", "piece_larger"}), batch.view())[0];
  };
  const auto there = key_of({1.0, 1, 2, 1000, 80, 60});
  const auto back = key_of({1.0, 2, 1, 80, 1000, 60});
  CHECK(there[0].size() == 32);
  CHECK(there[0] == back[0]);
  CHECK(there[1] != back[1]);
  CHECK(key_of({1.0, 1, 2, 1000, 81, 60})[0] != there[0]);
  CHECK(key_of({1.0, 1, 3, 1000, 80, 60})[0] != there[0]);
}

TEST_CASE("pieces say which bounds they touch") {
  // The idle timeout is 2 s: the first and the last flow begin early and late, the second one idles within.
  TestBatch batch({{1.0, 1, 2, 1, 80, 60}, {3.0, 1, 2, 2, 80, 60}, {2.9, 1, 2, 3, 80, 60}, {5.5, 1, 2, 4, 80, 60}});
  MeterOptions options = options_with({"src_port", "piece_touches", "export_reason", "piece_last_packet"});
  options.idle_timeout_ms = 2000;
  CHECK(rows_of(options, batch.view()) == TextRows{{"1", "1", "0", "1"}, {"2", "0", "0", "2"}, {"3", "0", "0", "3"}, {"4", "2", "2", "4"}});
}

TEST_CASE("the first and the last active period of a piece are kept apart") {
  // Periods of 1 s, 2 s, 0.5 s and 3 s, with gaps of 10 s, 20 s and 30 s.
  TestBatch batch({{1, 1, 2, 1, 80, 60},
                   {2, 1, 2, 1, 80, 60},
                   {12, 1, 2, 1, 80, 60},
                   {14, 1, 2, 1, 80, 60},
                   {34, 1, 2, 1, 80, 60},
                   {34.5, 1, 2, 1, 80, 60},
                   {64.5, 1, 2, 1, 80, 60},
                   {67.5, 1, 2, 1, 80, 60}});
  const MeterOptions options = options_with({"piece_active_periods", "piece_active_sum", "piece_active_min", "piece_active_max", "piece_idle_periods",
                                             "piece_idle_sum", "piece_first_active_ns", "piece_last_active_ns", "mean_active", "max_idle"});
  CHECK(rows_of(options, batch.view()) == TextRows{{"2", "2500", "500", "2000", "3", "60000", "2000000000", "64500000000", "1625.000000", "30000"}});
}
