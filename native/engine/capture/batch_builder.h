// Fills a slab's records with decoded packets, one for each that the filter keeps.
#pragma once

#include <memory>

#include "engine/capture/capture_reader.h"
#include "engine/capture/packet_filter.h"
#include "engine/decode/fragment_table.h"

namespace nfstream {

// One packet as a file format describes it; its bytes are in the slab already.
struct CapturedPacket {
  int64_t time_ns;
  uint64_t offset;       // of its record in the capture
  uint32_t data_offset;  // of its bytes in the slab
  uint32_t captured_length;
  uint32_t wire_length;
  uint16_t link_type;
  uint16_t interface_id;
  uint8_t time_resolution;
  bool link_supported;
};

class BatchBuilder {
 public:
  BatchBuilder(const CaptureOptions& options, CaptureCounters& counters)
      : filter_(options.filter), counters_(counters), fragments_(options.count_fragments ? std::make_unique<FragmentTable>() : nullptr) {
    decode_.tunnels = options.tunnels;
    decode_.all_ports = options.all_ports;
    decode_.fragments = fragments_.get();
  }

  void begin(PacketSlab& slab);

  enum class Added { yes, full, filter_invalid };  // full: give the packet again with the next slab
  Added add(const CapturedPacket& packet);
  // Counts a packet whose record somebody else writes, at the place that this gives: while there is room.
  size_t leave_room();

  const PacketFilter& filter() const { return filter_; }
  // Number of the next packet, from 1.
  uint64_t next_number() const { return counters_.packets + 1; }
  bool only_unsupported_links() const { return counters_.packets > 0 && unsupported_ == counters_.packets; }
  // Link type of the last packet that could not be decoded.
  uint16_t unsupported_link_type() const { return unsupported_link_type_; }

 private:
  DecodeOptions decode_;
  PacketFilter filter_;
  CaptureCounters& counters_;
  PacketSlab* slab_ = nullptr;
  std::unique_ptr<FragmentTable> fragments_;
  uint64_t unsupported_ = 0;
  uint16_t unsupported_link_type_ = 0;
};

}  // namespace nfstream
