// time_live_flows FLOWS PACKETS DISSECTIONS STATISTICS: what a packet costs while so many flows are open. Opens the flows, each with a question and an answer
// of DNS, then counts so many packets more, each of a flow drawn at random, and prints for either part the nanoseconds of the processor that a packet took,
// and at the end the bytes that the flow table holds for a flow, and resident bytes for a flow.
#include <sys/resource.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "dissecting.h"
#include "engine/columns/column_table.h"
#include "slabs.h"

using namespace nfstream;

namespace {

constexpr size_t ip_at = 14;
constexpr size_t udp_at = ip_at + 20;
constexpr size_t payload_at = udp_at + 8;
constexpr size_t packets_of_batch = 4096;
constexpr size_t space = 128;  // of a packet in its slab

constexpr uint8_t question[] = {0x12, 0x34, 1,   0,   0,   1,   0,   0, 0,   0,   0,   0, 3, 'w', 'w', 'w', 7,
                                'e',  'x',  'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1,   0,   1};
constexpr uint8_t answer[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 255, 0, 4, 192, 0, 2, 1};

struct Batch {
  std::vector<uint8_t> data = std::vector<uint8_t>(packets_of_batch * space);
  std::vector<PacketRecord> records = std::vector<PacketRecord>(packets_of_batch);
  size_t count = 0;
  int64_t time_ns = 1700000000000000000;

  void clear() { count = 0; }
  void add(uint32_t flow, bool back) {
    uint8_t* bytes = &data[count * space];
    const size_t payload = sizeof question + (back ? sizeof answer : 0);
    std::memset(bytes, 0, payload_at);
    bytes[12] = 8;
    bytes[ip_at] = 0x45;
    bytes[ip_at + 3] = static_cast<uint8_t>(28 + payload);
    bytes[ip_at + 8] = 64;
    bytes[ip_at + 9] = 17;
    const auto address = [&](size_t at, uint32_t value) {
      for (size_t i = 0; i < 4; i++) bytes[at + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
    };
    const auto port = [&](size_t at, uint16_t value) {
      bytes[at] = static_cast<uint8_t>(value >> 8);
      bytes[at + 1] = static_cast<uint8_t>(value);
    };
    const uint32_t client = 0x0a000001 + (flow >> 4);
    const auto client_port = static_cast<uint16_t>(20000 + (flow & 15));
    address(ip_at + (back ? 16 : 12), client);
    address(ip_at + (back ? 12 : 16), 0xc6336401);
    port(udp_at + (back ? 2 : 0), client_port);
    port(udp_at + (back ? 0 : 2), 53);
    bytes[udp_at + 5] = static_cast<uint8_t>(8 + payload);
    std::memcpy(bytes + payload_at, question, sizeof question);
    if (back) {
      bytes[payload_at + 2] = 0x81;
      bytes[payload_at + 3] = 0x80;
      bytes[payload_at + 7] = 1;
      std::memcpy(bytes + payload_at + sizeof question, answer, sizeof answer);
    }
    PacketRecord& record = records[count];
    record = PacketRecord();
    record.time_ns = time_ns += 200;
    record.data_offset = static_cast<uint32_t>(count * space);
    record.captured_length = record.wire_length = static_cast<uint32_t>(payload_at + payload);
    record.ip_size = static_cast<uint32_t>(28 + payload);
    record.l3_offset = ip_at;
    record.l4_offset = udp_at;
    record.src_port = back ? 53 : client_port;
    record.dst_port = back ? client_port : 53;
    record.payload_size = static_cast<uint32_t>(payload);
    record.link_type = 1;
    record.src_mac_offset = 6;
    record.dst_mac_offset = 0;
    record.protocol = 17;
    record.transport_header = 8;
    record.set_ip_version(4);
    count++;
  }
  PacketBatchView view() const { return {data.data(), data.size(), records.data(), count}; }
};

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

size_t resident_bytes() {
  size_t total = 0;
  size_t resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (file != nullptr && std::fscanf(file, "%zu %zu", &total, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  return resident * 4096;
}

struct Cost {
  double seconds = 0;  // of the processor
  double longest = 0;  // of one batch
};

// Feeds what `fill` puts into each batch, so many packets.
template <typename Fill>
Cost feed(MeterGroup& meters, Batch& batch, uint64_t packets, Fill fill) {
  Cost cost;
  for (uint64_t i = 0; i < packets;) {
    batch.clear();
    for (; i < packets && batch.count < packets_of_batch; i++) fill(batch, i);
    const double began = processor_seconds();
    while (meters.feed({batch.view()}) == MeterStatus::full) drain(meters);
    const double seconds = processor_seconds() - began;
    cost.seconds += seconds;
    cost.longest = std::max(cost.longest, seconds);
  }
  return cost;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: time_live_flows FLOWS PACKETS DISSECTIONS STATISTICS\n");
    return 2;
  }
  const uint64_t flows = std::strtoull(arguments[1], nullptr, 10);
  const uint64_t packets = std::strtoull(arguments[2], nullptr, 10);
  MeterOptions options;
  options.capacity = flows + 1;
  options.idle_timeout_ms = options.active_timeout_ms = 1000000000;
  options.dissections = static_cast<unsigned>(std::atoi(arguments[3]));
  for (const char* name : {"src_ip", "bidirectional_packets", "requested_server_name"}) options.columns.push_back(find_column(name));
  if (std::atoi(arguments[4]) > 0) options.columns.push_back(find_column("bidirectional_mean_ps"));
  const DissectorHandle dissector = make_dissector(options);
  if (options.dissections > 0 && dissector == nullptr) return 1;
  {
    MeterGroup meters(options, {dissector.get()});
    Batch batch;
    const size_t resident = resident_bytes();
    const Cost opening = feed(meters, batch, 2 * flows, [](Batch& to, uint64_t i) { to.add(static_cast<uint32_t>(i / 2), i % 2 == 1); });
    uint64_t random = 1;
    const Cost counting = feed(meters, batch, packets, [&](Batch& to, uint64_t) {
      random = random * 6364136223846793005 + 1442695040888963407;
      to.add(static_cast<uint32_t>((random >> 32) * flows >> 32), (random & (1 << 20)) != 0);
    });
    std::printf("%" PRIu64
                " flows: opening %.0f ns a packet and %.0f ms for the longest batch, counting %.0f and %.0f; %.0f bytes a flow in the table, %.0f resident\n",
                flows, opening.seconds / static_cast<double>(2 * flows) * 1e9, opening.longest * 1e3, counting.seconds / static_cast<double>(packets) * 1e9,
                counting.longest * 1e3, static_cast<double>(meters.bytes_held()) / static_cast<double>(flows),
                static_cast<double>(resident_bytes() - resident) / static_cast<double>(flows));
    std::fflush(stdout);
    while (meters.flush() == MeterStatus::full) drain(meters);
    drain(meters);
  }
  return 0;
}
