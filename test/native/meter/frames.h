// Batches of whole frames for the meter's tests, decoded as a source does.
#pragma once

#include <arpa/inet.h>

#include <string>
#include <vector>

#include "decode/packet_builder.h"

struct FrameBatch {
  std::vector<uint8_t> data;
  std::vector<nfstream::PacketRecord> records;
  uint64_t source = 0;

  void add(int64_t time_ns, const nfstream::test::Bytes& frame) {
    nfstream::PacketRecord record = nfstream::test::decoded(frame);
    record.time_ns = time_ns;
    record.data_offset = static_cast<uint32_t>(data.size());
    data.insert(data.end(), frame.begin(), frame.end());
    records.push_back(record);
  }
  nfstream::PacketBatchView view() const { return {data.data(), data.size(), records.data(), records.size(), source}; }
};

// An IP packet in Ethernet between two addresses of one version.
inline nfstream::test::Bytes between(const std::string& source, const std::string& destination, unsigned protocol, const nfstream::test::Bytes& transport) {
  using namespace nfstream::test;
  const bool v6 = source.find(':') != std::string::npos;
  Bytes frame = v6 ? ethernet(0x86dd, ipv6(protocol, transport)) : ethernet(0x0800, ipv4(protocol, transport));
  const size_t at = 14 + (v6 ? 8 : 12);
  inet_pton(v6 ? AF_INET6 : AF_INET, source.c_str(), &frame[at]);
  inet_pton(v6 ? AF_INET6 : AF_INET, destination.c_str(), &frame[at + (v6 ? 16 : 4)]);
  return frame;
}
