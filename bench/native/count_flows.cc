// count_flows CAPTURE DISSECTIONS SPLT PAYLOAD ENTROPY COLUMN...: the whole engine in one thread, from a capture's bytes to columns, which are
// counted and dropped. For callgrind: it does the same work in the same order in every run. A column that is metric=AGGREGATE/WORDS/WORDS, with
// commas between words, is a metric: its number, its value and its condition as the addon gets them.
#include <fcntl.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "dissecting.h"
#include "engine/capture/capture_reader.h"
#include "engine/capture/descriptor.h"
#include "engine/capture/file_input.h"
#include "engine/columns/column_table.h"
#include "engine/columns/metric_columns.h"
#include "engine/meter/meter_group.h"
#include "slabs.h"

using namespace nfstream;

namespace {

int usage() {
  std::fprintf(stderr, "usage: count_flows CAPTURE DISSECTIONS SPLT PAYLOAD ENTROPY COLUMN...\n");
  return 2;
}

std::vector<int64_t> words_of(const std::string& text) {
  std::vector<int64_t> words;
  for (size_t at = 0; at < text.size(); at = text.find(',', at) == std::string::npos ? text.size() : text.find(',', at) + 1)
    words.push_back(std::atoll(text.c_str() + at));
  return words;
}

bool add_metric(MetricSet& metrics, const std::string& text) {
  const size_t value = text.find('/') + 1;
  const size_t condition = text.find('/', value) + 1;
  return metrics.add(std::atoll(text.c_str()), words_of(text.substr(value, condition - value - 1)), words_of(text.substr(condition)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 7) return usage();
  MeterOptions options;
  options.dissections = static_cast<unsigned>(std::atoi(arguments[2]));
  options.format.splt = static_cast<uint16_t>(std::atoi(arguments[3]));
  options.format.payload = static_cast<uint32_t>(std::atoi(arguments[4]));
  options.format.entropy = static_cast<uint32_t>(std::atoi(arguments[5]));
  const auto metrics = std::make_shared<MetricSet>();
  for (int i = 6; i < count; i++) {
    const std::string name = arguments[i];
    if (name.rfind("metric=", 0) == 0) {
      if (!add_metric(*metrics, name.substr(7))) return usage();
      continue;
    }
    options.columns.push_back(find_column(arguments[i]));
    if (options.columns.back() != nullptr) continue;
    std::fprintf(stderr, "There is no column %s.\n", arguments[i]);
    return 2;
  }
  const std::vector<Column> of_metrics = metric_columns(*metrics);
  for (const Column& column : of_metrics) options.columns.push_back(&column);
  if (metrics->size() > 0) options.format.metrics = metrics;
  const int file = open(arguments[1], O_RDONLY);
  if (file < 0) return usage();
  CaptureReader reader(std::make_unique<FileInput>(Descriptor::duplicate(file)), CaptureOptions());

  const DissectorHandle dissector = make_dissector(options);
  if (options.dissections > 0 && dissector == nullptr) return 1;
  uint64_t flows = 0;
  uint64_t packets = 0;
  {
    MeterGroup meters(options, {dissector.get()});
    std::vector<uint8_t> data(slab_bytes);
    std::vector<PacketRecord> records(slab_records);
    PacketSlab slab;
    slab.data = data.data();
    slab.data_size = data.size();
    slab.records = records.data();
    slab.record_capacity = records.size();
    for (ReadStatus status = ReadStatus::packets; status == ReadStatus::packets;) {
      status = reader.read(slab);
      packets += slab.count;
      const std::vector<PacketBatchView> batches{{slab.data, slab.data_size, slab.records, slab.count}};
      while (meters.feed(batches) == MeterStatus::full) flows += drain(meters);
    }
    while (meters.flush() == MeterStatus::full) flows += drain(meters);
    flows += drain(meters);
  }
  std::printf("%" PRIu64 " packets, %" PRIu64 " flows\n", packets, flows);
  return 0;
}
