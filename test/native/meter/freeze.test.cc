#include <doctest/doctest.h>

#include "meter/frames.h"
#include "meter/rows.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

constexpr int64_t second = 1000000000;

const std::vector<std::string> names = {"bidirectional_packets", "dst2src_packets", "bidirectional_bytes", "bidirectional_duration", "end_reason"};

MeterOptions freezing(uint64_t after) {
  MeterOptions options;
  options.dissections = 0;
  options.idle_timeout_ms = 10000;
  options.freeze_after = after;
  options.accounting = Accounting::payload;
  options.columns = columns_named(names);
  return options;
}

// A packet of 10 bytes each five seconds, the third and every later one back.
TextRows rows_after(uint64_t freeze_after, int packets, int64_t active_timeout_ms = no_timeout) {
  FrameBatch batch;
  for (int i = 0; i < packets; i++) {
    const Bytes payload(10, 0);
    batch.add(5 * i * second,
              i < 2 ? between("10.0.0.1", "10.0.0.2", 17, udp(4000, 53, payload)) : between("10.0.0.2", "10.0.0.1", 17, udp(53, 4000, payload)));
  }
  MeterOptions options = freezing(freeze_after);
  options.active_timeout_ms = active_timeout_ms;
  return rows_of(options, batch.view());
}

}  // namespace

TEST_CASE("a frozen flow tells of its first packets, and goes on") {
  CHECK(rows_after(0, 6) == TextRows{{"6", "4", "60", "25000", "end"}});
  CHECK(rows_after(6, 6) == rows_after(0, 6));
  CHECK(rows_after(7, 6) == rows_after(0, 6));
  // Later packets keep it from being idle, and from beginning a flow.
  CHECK(rows_after(1, 6) == TextRows{{"1", "0", "10", "0", "end"}});
  CHECK(rows_after(2, 6) == TextRows{{"2", "0", "20", "5000", "end"}});
  CHECK(rows_after(3, 6) == TextRows{{"3", "1", "30", "10000", "end"}});
}

TEST_CASE("a frozen flow is cut when it is too old, and the next one is frozen by itself") {
  CHECK(rows_after(2, 6, 20000) == TextRows{{"2", "0", "20", "5000", "active"}, {"2", "0", "20", "5000", "end"}});
  CHECK(rows_after(1, 6, 10000) == TextRows{{"1", "0", "10", "0", "active"}, {"1", "0", "10", "0", "active"}, {"1", "0", "10", "0", "end"}});
}
