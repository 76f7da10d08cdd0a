// IP packets as a batch for a meter.
#pragma once

#include <vector>

#include "dissect/packet_bytes.h"
#include "engine/decode/decode.h"

namespace nfstream::test {

class RawBatch {
 public:
  // Packets are 10 ms apart.
  void add(const Bytes& packet) {
    constexpr uint16_t raw_ip = 101;
    PacketRecord record{};
    record.time_ns = 1700000000000000000 + 10000000 * static_cast<int64_t>(records_.size());
    record.data_offset = static_cast<uint32_t>(data_.size());
    record.captured_length = record.wire_length = static_cast<uint32_t>(packet.size());
    record.link_type = raw_ip;
    decode(reinterpret_cast<const uint8_t*>(packet.data()), {}, record);
    data_.insert(data_.end(), packet.begin(), packet.end());
    records_.push_back(record);
  }
  PacketBatchView view() const { return {data_.data(), data_.size(), records_.data(), records_.size(), 0}; }

 private:
  std::vector<uint8_t> data_;
  std::vector<PacketRecord> records_;
};

}  // namespace nfstream::test
