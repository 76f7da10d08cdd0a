#include <doctest/doctest.h>

#include <string>

#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

const std::vector<std::string> names = {"bidirectional_first_seen", "src2dst_last_seen", "bidirectional_duration",
                                        "dst2src_first_seen",       "dst2src_duration",  "bidirectional_max_piat"};

std::vector<std::string> told(TimeUnit unit, Timestamps timestamps) {
  MeterOptions options;
  options.dissections = 0;
  options.format.unit = unit;
  options.format.timestamps = timestamps;
  options.columns = columns_named(names);
  TestBatch batch({{1}, {1}});
  batch.records[0].time_ns = 1704067200000999999;  // 2024-01-01T00:00:00.000999999Z
  batch.records[1].time_ns = 1704067201002000001;
  const TextRows rows = rows_of(options, batch.view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("times in each unit, cut off before they are subtracted") {
  using Row = std::vector<std::string>;
  CHECK(told(TimeUnit::ms, Timestamps::integers) == Row{"1704067200000", "1704067201002", "1002", "0", "0", "1002"});
  CHECK(told(TimeUnit::us, Timestamps::integers) == Row{"1704067200000999", "1704067201002000", "1001001", "0", "0", "1001001"});
  CHECK(told(TimeUnit::ns, Timestamps::integers) == Row{"1704067200000999999", "1704067201002000001", "1001000002", "0", "0", "1001000002"});
}

TEST_CASE("a direction without a packet has no time") {
  using Row = std::vector<std::string>;
  CHECK(told(TimeUnit::ms, Timestamps::nullable) == Row{"1704067200000", "1704067201002", "1002", "null", "0", "1002"});
  CHECK(told(TimeUnit::ms, Timestamps::iso) == Row{"2024-01-01T00:00:00.000Z", "2024-01-01T00:00:01.002Z", "1002", "null", "0", "1002"});
  CHECK(told(TimeUnit::us, Timestamps::iso)[0] == "2024-01-01T00:00:00.000999Z");
  CHECK(told(TimeUnit::ns, Timestamps::iso)[1] == "2024-01-01T00:00:01.002000001Z");
}
