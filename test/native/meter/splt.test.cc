#include <doctest/doctest.h>

#include <string>

#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

// Three there, two back, at 0, 100.0006, 250, 250 and 1000 ms.
const std::vector<TestPacket> five = {
    {1.0, 1, 2, 1000, 80, 60}, {1.1000006, 2, 1, 80, 1000, 1500}, {1.25, 1, 2, 1000, 80, 52}, {1.25, 2, 1, 80, 1000, 100}, {2.0, 1, 2, 1000, 80, 80}};

std::vector<std::string> splt(uint16_t length, TimeUnit unit, const char* gaps) {
  MeterOptions options;
  options.dissections = 0;
  options.format.splt = length;
  options.format.unit = unit;
  options.columns = columns_named({"splt_direction", "splt_ps", gaps});
  const TextRows rows = rows_of(options, TestBatch(five).view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

}  // namespace

TEST_CASE("the first packets of a flow as lists") {
  using Lists = std::vector<std::string>;
  CHECK(splt(7, TimeUnit::ms, "splt_piat") == Lists{"[0 1 0 1 0 -1 -1]", "[60 1500 52 100 80 -1 -1]", "[0 100 150 0 750 -1 -1]"});
  CHECK(splt(2, TimeUnit::ms, "splt_piat") == Lists{"[0 1]", "[60 1500]", "[0 100]"});
  CHECK(splt(5, TimeUnit::us, "splt_piat_fine") == Lists{"[0 1 0 1 0]", "[60 1500 52 100 80]", "[0 100000 150000 0 750000]"});
  CHECK(splt(5, TimeUnit::ns, "splt_piat_fine")[2] == "[0 100000600 149999400 0 750000000]");
}

TEST_CASE("lists grow to the longest that there is, and no further") {
  MeterOptions options;
  options.dissections = 0;
  options.format.splt = 65535;
  options.columns = columns_named({"splt_direction", "bidirectional_packets"});
  TestBatch batch({});
  for (int i = 0; i < 65540; i++) batch.add({1.0 + i * 1e-4, static_cast<uint8_t>(1 + i % 2), static_cast<uint8_t>(2 - i % 2), 80, 80});
  const TextRows rows = rows_of(options, batch.view());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][1] == "65540");
  CHECK(rows[0][0].size() == 2 * 65535 + 1);
  CHECK(rows[0][0].find('-') == std::string::npos);
}

TEST_CASE("a size beyond what a list holds is the largest that it holds") {
  MeterOptions options;
  options.dissections = 0;
  options.format.splt = 2;
  options.columns = columns_named({"splt_ps", "bidirectional_bytes"});
  const TextRows rows = rows_of(options, TestBatch({{1.0, 1, 2, 1000, 80, 4093509168}, {1.1, 1, 2, 1000, 80, 60}}).view());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0] == std::vector<std::string>{"[2147483647 60]", "4093509228"});
}
