#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "meter/packets.h"
#include "meter/rows.h"

using namespace nfstream;

namespace {

// The engine's names have no unit.
std::string engine_name(const std::string& name) {
  return name.size() > 3 && name.compare(name.size() - 3, 3, "_ms") == 0 ? name.substr(0, name.size() - 3) : name;
}

// Every statistic of the one flow that these packets make, by name.
double statistic(const std::vector<TestPacket>& packets, const std::string& name, uint8_t tcp_flags = 0) {
  MeterOptions options;
  options.dissections = 0;
  options.columns = columns_named({engine_name(name)});
  MeterGroup meter(options, {nullptr});
  TestBatch batch(packets);
  for (PacketRecord& record : batch.records) record.tcp_flags = tcp_flags;
  REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
  REQUIRE(meter.flush() == MeterStatus::done);
  REQUIRE(meter.output().rows() == 1);
  const FlowColumns::Part part = meter.output().part(0);
  return part.type == ColumnType::real ? *static_cast<const double*>(part.values) : static_cast<double>(*static_cast<const int64_t*>(part.values));
}

// Three there, two back, at 0, 100, 250, 250 and 1000 ms.
const std::vector<TestPacket> five = {
    {1.0, 1, 2, 1000, 80, 60}, {1.1, 2, 1, 80, 1000, 1500}, {1.25, 1, 2, 1000, 80, 52}, {1.25, 2, 1, 80, 1000, 100}, {2.0, 1, 2, 1000, 80, 80}};

}  // namespace

TEST_CASE("sizes and gaps of a flow") {
  const struct {
    const char* name;
    double value;
  } cases[] = {
      {"bidirectional_min_ps", 52},
      {"bidirectional_max_ps", 1500},
      {"bidirectional_mean_ps", 358.4},
      {"src2dst_min_ps", 52},
      {"src2dst_mean_ps", 64},
      {"src2dst_max_ps", 80},
      {"src2dst_stddev_ps", 14.422205101855956},  // of the sample 60, 52, 80
      {"dst2src_mean_ps", 800},
      {"dst2src_stddev_ps", 989.9494936611666},
      {"bidirectional_min_piat_ms", 0},
      {"bidirectional_max_piat_ms", 750},
      {"bidirectional_mean_piat_ms", 250},
      {"src2dst_min_piat_ms", 250},
      {"src2dst_max_piat_ms", 750},
      {"src2dst_mean_piat_ms", 500},
      {"src2dst_stddev_piat_ms", 353.5533905932738},
      {"dst2src_mean_piat_ms", 150},
      {"dst2src_stddev_piat_ms", 0},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    CHECK(statistic(five, one.name) == doctest::Approx(one.value).epsilon(1e-12));
  }
}

TEST_CASE("what a flow has no values for is 0") {
  for (const char* name : {"dst2src_min_ps", "dst2src_mean_ps", "dst2src_stddev_ps", "dst2src_max_ps", "dst2src_min_piat_ms", "dst2src_mean_piat_ms",
                           "dst2src_stddev_piat_ms", "bidirectional_stddev_ps", "bidirectional_mean_piat_ms", "bidirectional_max_piat_ms"}) {
    CAPTURE(name);
    CHECK(statistic({{1.0}}, name) == 0);
  }
}

TEST_CASE("TCP flags are counted each way") {
  const char* const flags[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};  // by bit
  for (int bit = 0; bit < 8; bit++) {
    for (int other = 0; other < 8; other++) {
      const std::string suffix = std::string(flags[other]) + "_packets";
      const int counted = bit == other ? 1 : 0;
      CHECK(statistic(five, "bidirectional_" + suffix, static_cast<uint8_t>(1 << bit)) == 5 * counted);
      CHECK(statistic(five, "src2dst_" + suffix, static_cast<uint8_t>(1 << bit)) == 3 * counted);
      CHECK(statistic(five, "dst2src_" + suffix, static_cast<uint8_t>(1 << bit)) == 2 * counted);
    }
  }
}

TEST_CASE("the accounting mode says which size counts, and no size is cut") {
  const Accounting modes[] = {Accounting::frame, Accounting::ip, Accounting::transport, Accounting::payload};
  const uint32_t headers[] = {66, 52, 32, 0};
  for (const uint32_t payload : {100u, 65535u, 100000u, 524288u}) {
    for (int i = 0; i < 4; i++) {
      MeterOptions options;
      options.dissections = 0;
      options.accounting = modes[i];
      options.format.splt = 1;
      options.columns = columns_named({"bidirectional_bytes", "src2dst_max_ps", "src2dst_min_ps", "splt_ps"});
      TestBatch batch(std::vector<TestPacket>{{1.0, 1, 2, 1000, 80, payload + headers[0]}});
      batch.records[0].ip_size = payload + headers[1];
      batch.records[0].transport_header = static_cast<uint8_t>(headers[2]);
      batch.records[0].payload_size = payload;
      const std::string expected = std::to_string(payload + headers[i]);
      CHECK(rows_of(options, batch.view()) == TextRows{{expected, expected, expected, "[" + expected + "]"}});
    }
  }
}

TEST_CASE("a frame that claims more bytes than a list's item can tell has the largest that it can") {
  MeterOptions options;
  options.dissections = 0;
  options.format.splt = 1;
  options.columns = columns_named({"bidirectional_bytes", "splt_ps"});
  const TestBatch batch(std::vector<TestPacket>{{1.0, 1, 2, 1000, 80, 0xffffffff}});
  CHECK(rows_of(options, batch.view()) == TextRows{{"4294967295", "[2147483647]"}});
}
