// time_meters CAPTURE METERS ROUNDS CAPACITY WORST: counting alone, without labels. Reads and decodes a capture, then counts its packets so many times with
// that many meters and the usual columns, and prints the seconds and processor seconds of each time. With WORST 1 all packets are between two addresses, with 2
// they are of one flow as well.
#include <fcntl.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "engine/capture/capture_reader.h"
#include "engine/capture/descriptor.h"
#include "engine/capture/file_input.h"
#include "engine/columns/column_table.h"
#include "engine/meter/meter_group.h"
#include "slabs.h"

using namespace nfstream;

namespace {

constexpr const char* usual_columns[] = {"id",
                                         "expiration_id",
                                         "src_ip",
                                         "src_mac",
                                         "src_oui",
                                         "src_port",
                                         "dst_ip",
                                         "dst_mac",
                                         "dst_oui",
                                         "dst_port",
                                         "protocol",
                                         "ip_version",
                                         "vlan_id",
                                         "tunnel_id",
                                         "bidirectional_first_seen",
                                         "bidirectional_last_seen",
                                         "bidirectional_duration",
                                         "bidirectional_packets",
                                         "bidirectional_bytes",
                                         "src2dst_first_seen",
                                         "src2dst_last_seen",
                                         "src2dst_duration",
                                         "src2dst_packets",
                                         "src2dst_bytes",
                                         "dst2src_first_seen",
                                         "dst2src_last_seen",
                                         "dst2src_duration",
                                         "dst2src_packets",
                                         "dst2src_bytes"};

struct Slab {
  std::vector<uint8_t> data = std::vector<uint8_t>(slab_bytes);
  std::vector<PacketRecord> records = std::vector<PacketRecord>(slab_records);
  size_t count = 0;
  PacketBatchView view() const { return {data.data(), data.size(), records.data(), count}; }
};

std::vector<std::unique_ptr<Slab>> read_all(const char* path) {
  std::vector<std::unique_ptr<Slab>> slabs;
  const int file = open(path, O_RDONLY);
  if (file < 0) return slabs;
  CaptureReader reader(std::make_unique<FileInput>(Descriptor::duplicate(file)), CaptureOptions());
  for (ReadStatus status = ReadStatus::packets; status == ReadStatus::packets;) {
    auto made = std::make_unique<Slab>();
    PacketSlab slab;
    slab.data = made->data.data();
    slab.data_size = made->data.size();
    slab.records = made->records.data();
    slab.record_capacity = made->records.size();
    status = reader.read(slab);
    made->count = slab.count;
    slabs.push_back(std::move(made));
  }
  return slabs;
}

// The larger address becomes one, the smaller another, so that each flow keeps its directions.
void make_worst(Slab& slab, bool one_flow) {
  for (size_t i = 0; i < slab.count; i++) {
    PacketRecord& record = slab.records[i];
    if (record.ip_version() != 4 && record.ip_version() != 6) continue;
    const size_t size = record.ip_version() == 4 ? 4 : 16;
    uint8_t* source = slab.data.data() + record.data_offset + record.l3_offset + (size == 4 ? 12 : 8);
    const bool larger = std::memcmp(source, source + size, size) > 0;
    std::memset(source, larger ? 2 : 1, size);
    std::memset(source + size, larger ? 1 : 2, size);
    if (!one_flow) continue;
    record.src_port = record.dst_port = 1;
    record.protocol = 17;
  }
}

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: time_meters CAPTURE METERS ROUNDS CAPACITY WORST\n");
    return 2;
  }
  MeterOptions options;
  options.dissections = 0;
  options.capacity = static_cast<size_t>(std::atoll(arguments[4]));
  for (const char* name : usual_columns) options.columns.push_back(find_column(name));
  const std::vector<std::unique_ptr<Slab>> slabs = read_all(arguments[1]);
  for (const auto& slab : slabs) {
    if (std::atoi(arguments[5]) > 0) make_worst(*slab, std::atoi(arguments[5]) > 1);
  }
  for (int round = 0; round < std::atoi(arguments[3]); round++) {
    const auto began = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    uint64_t flows = 0;
    uint64_t packets = 0;
    {
      MeterGroup meters(options, std::vector<Dissector*>(static_cast<size_t>(std::atoi(arguments[2])), nullptr));
      for (const auto& slab : slabs) {
        while (meters.feed({slab->view()}) == MeterStatus::full) flows += drain(meters);
      }
      while (meters.flush() == MeterStatus::full) flows += drain(meters);
      flows += drain(meters);
      packets = meters.counters().packets;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%.4f %.4f %" PRIu64 " %" PRIu64 "\n", seconds, processor_seconds() - processor, packets, flows);
  }
  return 0;
}
