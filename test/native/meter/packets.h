// Batches built in memory for the meter's tests.
#pragma once

#include <cstring>
#include <vector>

#include "engine/packet.h"

struct TestPacket {
  double seconds;
  uint8_t source = 1;  // last byte of the address
  uint8_t destination = 2;
  uint16_t src_port = 1000;
  uint16_t dst_port = 80;
  uint32_t wire_length = 100;
};

class TestBatch {
 public:
  explicit TestBatch(const std::vector<TestPacket>& packets) {
    for (const TestPacket& packet : packets) add(packet);
  }

  void add(const TestPacket& packet) {
    uint8_t bytes[34] = {2, 0, 0, 0, 0, packet.destination, 2, 0, 0, 0, 0, packet.source, 8, 0, 0x45};
    const uint8_t addresses[] = {10, 0, 0, packet.source, 10, 0, 0, packet.destination};
    std::memcpy(bytes + 26, addresses, sizeof addresses);
    nfstream::PacketRecord record{};
    record.time_ns = static_cast<int64_t>(packet.seconds * 1e9 + 0.5);
    record.data_offset = static_cast<uint32_t>(data.size());
    record.captured_length = sizeof bytes;
    record.wire_length = packet.wire_length;
    record.l3_offset = 14;
    record.src_mac_offset = 6;
    record.dst_mac_offset = 0;
    record.src_port = packet.src_port;
    record.dst_port = packet.dst_port;
    record.protocol = 6;
    record.set_ip_version(4);
    data.insert(data.end(), bytes, bytes + sizeof bytes);
    records.push_back(record);
  }

  nfstream::PacketBatchView view() const { return {data.data(), data.size(), records.data(), records.size()}; }

  std::vector<uint8_t> data;
  std::vector<nfstream::PacketRecord> records;
};
