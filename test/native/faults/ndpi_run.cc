#include "faults/ndpi_run.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>

#include "engine/capture/capture_reader.h"
#include "engine/capture/pushed_input.h"
#include "engine/columns/column_table.h"
#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/meter/meter_group.h"
#include "faults/failing_memory.h"

namespace nfstream::test {

namespace {

// Every text and number of what was put out, one after the other.
void append(const FlowColumns& output, std::string& all) {
  for (size_t column = 0; column < output.size(); column++) {
    const FlowColumns::Part part = output.part(column);
    all.append(reinterpret_cast<const char*>(part.values), part.value_bytes);
    if (part.text != nullptr) all.append(part.text, part.text_bytes);
    if (part.valid != nullptr) all.append(reinterpret_cast<const char*>(part.valid), output.rows());
  }
}

void* take(size_t size) { return ndpi_fails() ? nullptr : std::malloc(size); }

void* take_zeros(size_t count, size_t size) { return ndpi_fails() ? nullptr : std::calloc(count, size); }

void* take_again(void* block, size_t size) { return ndpi_fails() ? nullptr : std::realloc(block, size); }

void give_back(void* block) { std::free(block); }

}  // namespace

CapturePackets::CapturePackets(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto input = std::make_unique<PushedInput>();
  if (bytes.empty() || !input->push(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) throw std::runtime_error("cannot read " + path);
  input->finish();
  CaptureReader reader(std::move(input), {});
  for (ReadStatus status = ReadStatus::packets; status == ReadStatus::packets;) {
    data_.emplace_back(CaptureReader::min_slab);
    records_.emplace_back(4096);
    PacketSlab slab;
    slab.data = data_.back().data();
    slab.data_size = data_.back().size();
    slab.records = records_.back().data();
    slab.record_capacity = records_.back().size();
    status = reader.read(slab);
    batches_.push_back({slab.data, slab.data_size, slab.records, slab.count});
  }
}

std::string flows_of(const CapturePackets& packets, Dissector& dissector) {
  MeterOptions options;
  for (const Column& column : column_table()) {
    if (column.tracks == no_track) options.columns.push_back(&column);
  }
  try {
    MeterGroup meters(options, {&dissector});
    std::string all;
    const auto step = [&](auto call) {
      MeterStatus status;
      do {
        status = call();
        append(meters.output(), all);
        meters.output().clear();
      } while (status == MeterStatus::full);
      return status == MeterStatus::done;
    };
    return step([&] { return meters.feed(packets.batches()); }) && step([&] { return meters.flush(); }) ? all : "no memory";
  } catch (const std::bad_alloc&) {
    return "no memory";
  }
}

std::string set_up(const DissectorOptions& options) {
  char error[1024] = "";
  const DissectorHandle made(nfstream_dissector_create(options, error, sizeof error));
  const std::string said = error;
  return made != nullptr ? "made" : said.substr(0, said.find('\t'));
}

void give_ndpi_no_reserve() { ndpi::set_memory_functions(take, give_back, take_zeros, take_again, 0); }

}  // namespace nfstream::test
