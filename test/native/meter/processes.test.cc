#include <doctest/doctest.h>

#include "meter/frames.h"
#include "meter/rows.h"
#include "process/sockets.h"

using namespace nfstream;
using namespace nfstream::test;
using nfstream_test::Socket;

namespace {

const std::vector<std::string> columns{"src_port", "system_process_pid", "system_process_name"};
const std::string own = std::to_string(::getpid());

Bytes datagram(const std::string& source, unsigned src_port, const std::string& destination, unsigned dst_port) {
  return between(source, destination, 17, udp(src_port, dst_port, {1, 2, 3}));
}

}  // namespace

TEST_CASE("flows of sockets that are open have their process when they leave at the end") {
  const Socket socket(SOCK_DGRAM, {"127.0.0.1"});
  const unsigned port = socket.port();
  for (const size_t meters : {1, 3}) {
    FrameBatch batch;
    for (unsigned i = 1; i <= 50; i++) batch.add(i, datagram("127.0.0.1", port, "127.0.0." + std::to_string(i + 1), 9));
    batch.add(51, datagram("198.51.100.1", 7, "127.0.0.1", port));
    batch.add(52, datagram("198.51.100.1", 8, "198.51.100.2", port));
    batch.add(53, between("127.0.0.1", "127.0.0.1", 1, be16(0x0800) + zeros(6)));
    const TextRows rows = rows_of(options_with(columns), batch.view(), std::vector<Dissector*>(meters, nullptr));
    REQUIRE(rows.size() == 53);
    for (size_t i = 0; i < 51; i++) CHECK(rows[i] == std::vector<std::string>{i < 50 ? std::to_string(port) : "7", own, "tests"});
    CHECK(rows[51] == std::vector<std::string>{"8", "-1", ""});
    CHECK(rows[52] == std::vector<std::string>{"0", "-1", ""});
  }
}

TEST_CASE("an ended flow waits for its process, and those behind it with it, but only as long as there is room") {
  const Socket socket(SOCK_DGRAM, {"127.0.0.1"});
  MeterOptions options = options_with({"id", "system_process_pid"});
  options.idle_timeout_ms = 0;
  options.max_rows = 64;
  MeterGroup meter(options, {nullptr});
  TextRows rows;
  const auto take = [&] {
    FlowColumns& output = meter.output();
    for (size_t row = 0; row < output.rows(); row++) rows.push_back({cell(output, 0, row, 0), cell(output, 1, row, 0)});
    output.clear();
  };
  const auto feed = [&](int64_t from, int64_t to) {
    FrameBatch batch;
    for (int64_t i = from; i < to; i++) batch.add(i * 1'000'000, datagram("127.0.0.1", socket.port(), "127.0.0.1", 9));
    while (meter.feed({batch.view()}) == MeterStatus::full) take();
    take();
  };
  feed(0, 1000);
  CHECK(rows.size() >= 1000 - 1 - 2 * 64);
  CHECK(rows.size() + meter.open_flows() == 1000);
  meter.settle();
  feed(1000, 1041);
  while (meter.flush() == MeterStatus::full) take();
  take();
  REQUIRE(rows.size() == 1041);
  CHECK(meter.open_flows() == 0);
  for (size_t i = 0; i < rows.size(); i++) CHECK(rows[i][0] == std::to_string(i));
  // Those for which there was time.
  for (size_t i = 1000; i < rows.size(); i++) CHECK(rows[i][1] == own);
}

TEST_CASE("a flow without a process is asked about again when it ends") {
  uint16_t port;
  {
    const Socket reserves(SOCK_DGRAM, {"127.0.0.1"});
    port = reserves.port();
  }
  FrameBatch batch;
  batch.add(1, datagram("198.51.100.1", 7, "127.0.0.1", port));
  MeterGroup meter(options_with(columns), {nullptr});
  REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
  meter.settle();
  const Socket socket(SOCK_DGRAM, {"127.0.0.1", port});
  REQUIRE(meter.flush() == MeterStatus::done);
  REQUIRE(meter.output().rows() == 1);
  CHECK(cell(meter.output(), 1, 0, 0) == own);
}

TEST_CASE("the pieces of a connection keep the process of the first, also when the socket is closed") {
  MeterOptions options = options_with({"system_process_pid", "end_reason"});
  options.active_timeout_ms = 1000;
  Socket socket(SOCK_DGRAM, {"127.0.0.1"});
  const Bytes frame = datagram("127.0.0.1", socket.port(), "127.0.0.1", 9);
  MeterGroup meter(options, {nullptr});
  TextRows rows;
  const auto feed = [&](int64_t time_ns) {
    FrameBatch batch;
    batch.add(time_ns, frame);
    REQUIRE(meter.feed({batch.view()}) == MeterStatus::done);
  };
  feed(1);
  meter.settle();
  socket.close();
  for (int64_t second = 1; second < 4; second++) feed(second * 1'000'000'001);
  REQUIRE(meter.flush() == MeterStatus::done);
  FlowColumns& output = meter.output();
  REQUIRE(output.rows() == 4);
  for (size_t row = 0; row < 4; row++) CHECK(cell(output, 0, row, 0) == own);
}

TEST_CASE("what listens is told until the connection's own socket is known") {
  FlowProcess process{};
  CHECK(process.note(5, "listens", true));
  CHECK(process.note(6, "listens too", true));
  CHECK(process.pid == 5);
  CHECK(process.note(7, "has it", false));
  CHECK(process.pid == 7);
  CHECK(std::string(process.name, process.name_size) == "has it");
  CHECK(process.note(8, "too late", false));
  CHECK(process.note(0, "", false));
  CHECK(process.pid == 7);
  process.release();
  CHECK(process.serial == 0);
  CHECK(process.name == nullptr);
}
