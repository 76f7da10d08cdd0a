// Reads a capture to its end, and keeps what a test may ask.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "capture/capture_builder.h"
#include "engine/capture/capture_reader.h"
#include "engine/capture/packet_filter.h"
#include "engine/capture/pushed_input.h"

namespace nfstream_test {

using namespace nfstream;

struct ReadPacket {
  PacketRecord record;
  uint64_t number;
  uint64_t offset;
  Bytes bytes;
};

struct ReadCapture {
  std::vector<ReadPacket> packets;
  ReadStatus status = ReadStatus::pending;
  Damage damage;
  CaptureCounters counters;
  CaptureNotes::Taken notes;
  size_t batches = 0;
};

inline void append(ReadCapture& capture, const PacketSlab& slab) {
  capture.batches++;
  for (size_t i = 0; i < slab.count; i++) {
    const PacketRecord& record = slab.records[i];
    REQUIRE(record.data_offset <= slab.data_size);
    REQUIRE(record.captured_length <= slab.data_size - record.data_offset);
    const uint8_t* bytes = slab.data + record.data_offset;
    capture.packets.push_back(
        {record, slab.first_number + record.number_delta, slab.first_offset + record.offset_delta, Bytes(bytes, bytes + record.captured_length)});
  }
}

// Pushes the capture in pieces, reading whatever is there after each.
inline ReadCapture read_all(const Bytes& file, const std::string& filter = "", size_t piece = SIZE_MAX, size_t record_capacity = 4096) {
  auto input = std::make_unique<PushedInput>();
  PushedInput* pushed = input.get();
  CaptureOptions options;
  options.filter = std::make_shared<FilterPrograms>(filter);
  options.notes = true;
  CaptureReader reader(std::move(input), options);
  std::vector<uint8_t> data(CaptureReader::min_slab);
  std::vector<PacketRecord> records(record_capacity);
  ReadCapture capture;
  for (size_t at = 0;;) {
    PacketSlab slab;
    slab.data = data.data();
    slab.data_size = data.size();
    slab.records = records.data();
    slab.record_capacity = record_capacity;
    capture.status = reader.read(slab);
    append(capture, slab);
    if (capture.status == ReadStatus::packets) continue;
    if (capture.status != ReadStatus::pending) break;
    if (at == file.size()) pushed->finish();
    else {
      const size_t size = std::min(piece, file.size() - at);
      REQUIRE(pushed->push(file.data() + at, size));
      at += size;
    }
  }
  capture.damage = reader.damage();
  capture.counters = reader.counters();
  capture.notes = reader.take_notes();
  return capture;
}

}  // namespace nfstream_test
