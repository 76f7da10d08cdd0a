#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "meter/frames.h"
#include "meter/rows.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

using Row = std::vector<std::string>;

constexpr int64_t ms = 1000000;

Bytes there(const Bytes& payload) { return between("10.0.0.1", "10.0.0.2", 17, udp(4000, 53, payload)); }
Bytes back(const Bytes& payload) { return between("10.0.0.2", "10.0.0.1", 17, udp(53, 4000, payload)); }

Row one_row(const MeterOptions& options, const FrameBatch& batch) {
  const TextRows rows = rows_of(options, batch.view());
  REQUIRE(rows.size() == 1);
  return rows[0];
}

Row activity(const std::vector<int64_t>& times_ms, int64_t timeout_ms = 5000) {
  MeterOptions options = endless({"min_active", "mean_active", "stddev_active", "max_active", "min_idle", "mean_idle", "stddev_idle", "max_idle"});
  options.activity_timeout_ns = timeout_ms * ms;
  FrameBatch batch;
  for (size_t i = 0; i < times_ms.size(); i++) batch.add(times_ms[i] * ms, i % 2 == 0 ? there({}) : back({}));
  return one_row(options, batch);
}

}  // namespace

TEST_CASE("active and idle periods") {
  const Row none = {"null", "null", "null", "null"};
  const auto joined = [](Row left, const Row& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
  };
  CHECK(activity({0}) == joined(none, none));
  CHECK(activity({0, 5000}) == joined({"5000", "5000.000000", "0.000000", "5000"}, none));
  // A gap of more than the timeout is idle; the single packets around it are no period.
  CHECK(activity({0, 5001}) == joined(none, {"5001", "5001.000000", "0.000000", "5001"}));
  CHECK(activity({0, 1000, 8000, 8500, 20000, 23000}) ==
        joined({"500", "1500.000000", "1322.875656", "3000"}, {"7000", "9250.000000", "3181.980515", "11500"}));
  // The period under way at the end counts, a single packet behind a gap does not.
  CHECK(activity({0, 1000, 8000}) == joined({"1000", "1000.000000", "0.000000", "1000"}, {"7000", "7000.000000", "0.000000", "7000"}));
  CHECK(activity({0, 10}, 0) == joined(none, {"10", "10.000000", "0.000000", "10"}));
}

TEST_CASE("rates have the seconds of their own direction below them") {
  MeterOptions options = endless({"bidirectional_bytes_per_second", "src2dst_bytes_per_second", "dst2src_bytes_per_second", "bidirectional_packets_per_second",
                                  "src2dst_packets_per_second", "dst2src_packets_per_second"});
  FrameBatch batch;
  for (const int64_t at : {0, 500, 4000}) batch.add(at * ms, there(zeros(8)));  // 50 bytes each
  batch.add(4000 * ms, back(zeros(58)));                                        // 100 bytes
  CHECK(one_row(options, batch) == Row{"62.500000", "37.500000", "null", "1.000000", "0.750000", "null"});
}

TEST_CASE("the first payload bytes of each direction") {
  MeterOptions options = endless({"src2dst_payload", "dst2src_payload"});
  FrameBatch batch;
  batch.add(0, there(hex("0102")) + hex("eeee"));  // behind it the frame's padding
  batch.add(1, back(hex("aa")));
  batch.add(2, there(hex("0304 0506")));
  const struct {
    uint32_t most;
    const char *there, *back;
  } cases[] = {{3, "010203", "aa"}, {1, "01", "aa"}, {100, "010203040506", "aa"}};
  for (const auto& one : cases) {
    options.format.payload = one.most;
    CHECK(one_row(options, batch) == Row{one.there, one.back});
  }
}

TEST_CASE("payload begins behind options of TCP, and ends where the capture does") {
  MeterOptions options = endless({"src2dst_payload"});
  options.format.payload = 16;
  FrameBatch batch;
  Bytes frame = between("10.0.0.1", "10.0.0.2", 6, tcp(4000, 80, hex("474554"), 0x18, 8));
  batch.add(0, frame);
  frame.resize(frame.size() - 1);
  batch.add(1, frame);
  CHECK(one_row(options, batch) == Row{"4745544745"});
}

TEST_CASE("a later fragment that counts in its first one's flow adds no payload bytes") {
  MeterOptions options = endless({"src2dst_payload", "bidirectional_packets"});
  options.format.payload = 16;
  FrameBatch batch;
  batch.add(0, there(hex("010203")));
  PacketRecord later = batch.records[0];
  later.tunnel_and_ip |= PacketRecord::later_fragment_flag;
  later.l4_offset = 0;
  later.payload_size = later.transport_size();
  later.transport_header = 0;
  batch.records.push_back(later);
  CHECK(one_row(options, batch) == Row{"010203", "2"});
}

TEST_CASE("what a record claims is not believed beyond its packet") {
  MeterOptions options = endless({"src2dst_payload", "src2dst_payload_entropy", "community_id"});
  options.format.payload = options.format.entropy = 65535;
  FrameBatch good;
  good.add(0, there(zeros(4)));
  for (const uint16_t offset : {0, 1, 45, 46, 60, 65535}) {
    for (const uint8_t header : {0, 8, 255}) {
      for (const uint32_t payload : {0u, 4u, 65535u, 0xffffffffu}) {
        for (const uint8_t protocol : {1, 17, 132}) {
          FrameBatch batch = good;
          batch.records[0].l4_offset = offset;
          batch.records[0].transport_header = header;
          batch.records[0].payload_size = payload;
          batch.records[0].protocol = protocol;
          CHECK(one_row(options, batch)[0].size() <= 2 * 46);
        }
      }
    }
  }
}

TEST_CASE("entropy in bits a byte") {
  MeterOptions options = endless({"src2dst_payload_entropy", "dst2src_payload_entropy"});
  Bytes every;
  for (int value = 0; value < 256; value++) every.push_back(static_cast<uint8_t>(value));
  const struct {
    Bytes payload;
    uint32_t most;
    const char* entropy;
  } cases[] = {
      {{}, 256, "null"},
      {hex("07"), 256, "0.000000"},
      {zeros(40), 256, "0.000000"},
      {hex("0001"), 256, "1.000000"},
      {hex("00000001"), 256, "0.811278"},
      {every, 256, "8.000000"},
      {every, 16, "4.000000"},
      {every + zeros(256), 65535, "4.981552"},
      {zeros(1300), 65535, "0.000000"},
      {every + every + every + every + every, 65535, "8.000000"},  // 1,280 bytes: beyond the table of one pass
  };
  for (const auto& one : cases) {
    options.format.entropy = one.most;
    FrameBatch batch;
    batch.add(0, there(one.payload));
    CHECK(one_row(options, batch) == Row{one.entropy, "null"});
  }
}
