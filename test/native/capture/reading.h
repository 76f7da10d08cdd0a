// A reader of one input with a slab of its own, a step at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/capture/capture_reader.h"

namespace nfstream_test {

template <typename Input>
struct Reading {
  explicit Reading(std::unique_ptr<Input> own, const nfstream::CaptureOptions& options = {}) : input(own.get()), reader(std::move(own), options) {}
  nfstream::ReadStatus read() {
    slab = nfstream::PacketSlab{};
    slab.data = data.data();
    slab.data_size = data.size();
    slab.records = records.data();
    slab.record_capacity = records.size();
    return reader.read(slab);
  }

  Input* input;
  nfstream::CaptureReader reader;
  std::vector<uint8_t> data = std::vector<uint8_t>(nfstream::CaptureReader::min_slab);
  std::vector<nfstream::PacketRecord> records = std::vector<nfstream::PacketRecord>(1000);
  nfstream::PacketSlab slab;
};

}  // namespace nfstream_test
