#include "engine/track/flow_statistics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace nfstream;

namespace {

struct Sample {
  int direction;
  uint32_t size;
  int64_t gap;
};

// What the statistics of these packets must be, in numbers of 64 bits.
struct Plain {
  uint64_t counts[3] = {};
  int64_t smallest[3] = {};
  int64_t largest[3] = {};

  void add(int which, int64_t value) {
    smallest[which] = counts[which] == 0 ? value : std::min(smallest[which], value);
    largest[which] = counts[which] == 0 ? value : std::max(largest[which], value);
    counts[which]++;
  }
};

// Of each packet the gap to the flow's is the gap to the direction's, too: they are counted apart.
void check(const std::vector<Sample>& samples) {
  FlowRecord flow{};
  FlowStatistics statistics{};
  Plain sizes;
  Plain gaps;
  for (const Sample& sample : samples) {
    flow.packets[sample.direction]++;
    REQUIRE(statistics.count(flow, sample.direction, sample.size, sample.gap, sample.gap, 0));
    for (const int which : {0, 1 + sample.direction}) {
      sizes.add(which, sample.size);
      if ((which == 0 ? flow.total_packets() : flow.packets[sample.direction]) > 1) gaps.add(which, sample.gap);
    }
    for (int which = 0; which < 3; which++) {
      CAPTURE(which);
      REQUIRE(statistics.smallest_size(which, flow) == sizes.smallest[which]);
      REQUIRE(statistics.largest_size(which) == sizes.largest[which]);
      REQUIRE(statistics.smallest_gap(which) == gaps.smallest[which]);
      REQUIRE(statistics.largest_gap(which) == gaps.largest[which]);
    }
  }
  statistics.release();
}

}  // namespace

TEST_CASE("a flow's statistics take little memory") { CHECK(sizeof(FlowRecord) + sizeof(FlowStatistics) <= 328); }

TEST_CASE("extremes are exact, also where they have no room in 32 bits") {
  constexpr int64_t edge = UINT32_MAX;
  for (const std::vector<int64_t>& gaps : std::vector<std::vector<int64_t>>{
           {0, 5, 3, 9},
           {0, edge - 1, edge, edge + 1},
           {0, edge + 1, edge, edge - 1, 0},
           {0, edge, 7, 9},
           {0, -1, 7, 9},  // the clock of a source that overflows
           {0, INT64_MAX, INT64_MIN, 1},
           {0, INT64_MAX, INT64_MAX},
       }) {
    std::vector<Sample> one_way;
    std::vector<Sample> both_ways;
    for (const int64_t gap : gaps) one_way.push_back({0, 60, gap});
    for (const int direction : {0, 1}) {
      for (const int64_t gap : gaps) both_ways.push_back({direction, 60, gap});
    }
    check(one_way);
    check(both_ways);
  }
  check({{0, UINT32_MAX, 0}, {1, 0, 1}, {1, UINT32_MAX, 2}, {0, 5, 3}});

  std::mt19937_64 random(1);
  for (int round = 0; round < 200; round++) {
    std::vector<Sample> samples;
    const unsigned bits = round % 64;
    for (int i = 0; i < 20; i++) {
      samples.push_back(
          {i == 0 ? 0 : static_cast<int>(random() % 2), static_cast<uint32_t>(random() >> 32 >> bits / 2), static_cast<int64_t>(random() >> bits)});
    }
    check(samples);
  }
}

TEST_CASE("flags are counted beyond 16 bits") {
  constexpr uint64_t many = 200001;
  FlowRecord flow{};
  FlowStatistics statistics{};
  for (uint64_t i = 0; i < many; i++) {
    const int direction = i % 3 == 2 ? 1 : 0;
    flow.packets[direction]++;
    REQUIRE(statistics.count(flow, direction, 60, 1, 1, i == 0 ? 1 << flag_syn : 1 << flag_ack | 1 << flag_cwr));
  }
  CHECK(statistics.flags(0, flag_syn) == 1);
  CHECK(statistics.flags(0, flag_ack) == many / 3 * 2 - 1);
  CHECK(statistics.flags(1, flag_ack) == many / 3);
  CHECK(statistics.flags(1, flag_cwr) == many / 3);
  CHECK(statistics.flags(1, flag_fin) == 0);
  statistics.release();
}
