#include "engine/capture/batch_builder.h"

#include <algorithm>

namespace nfstream {

void BatchBuilder::begin(PacketSlab& slab) {
  slab_ = &slab;
  slab.count = 0;
  slab.first_number = next_number();
  slab.first_offset = 0;
}

BatchBuilder::Added BatchBuilder::add(const CapturedPacket& packet) {
  PacketSlab& slab = *slab_;
  if (slab.count == slab.record_capacity) return Added::full;
  if (slab.count == 0) {
    slab.first_number = next_number();
    slab.first_offset = packet.offset;
  }
  const uint64_t number_delta = next_number() - slab.first_number;
  const uint64_t offset_delta = packet.offset - slab.first_offset;
  if (number_delta > UINT32_MAX || offset_delta > UINT32_MAX) return Added::full;

  counters_.largest_ns = std::max(counters_.largest_ns, packet.time_ns);
  const uint8_t* bytes = slab.data + packet.data_offset;
  if (packet.link_supported && !filter_.empty()) {
    const PacketFilter::Result result = filter_.apply(packet.link_type, bytes, packet.captured_length, packet.wire_length);
    if (result == PacketFilter::Result::invalid) return Added::filter_invalid;
    if (result == PacketFilter::Result::drop) {
      counters_.packets++;
      counters_.filtered++;
      return Added::yes;
    }
  }

  PacketRecord& record = slab.records[slab.count];
  record = PacketRecord{};
  record.time_ns = packet.time_ns;
  record.number_delta = static_cast<uint32_t>(number_delta);
  record.offset_delta = static_cast<uint32_t>(offset_delta);
  record.data_offset = packet.data_offset;
  record.captured_length = packet.captured_length;
  // Some writers put a smaller number here than they captured.
  record.wire_length = std::max(packet.wire_length, packet.captured_length);
  record.link_type = packet.link_type;
  record.time_resolution = packet.time_resolution;
  record.interface_id = packet.interface_id;
  if (packet.link_supported) {
    decode(bytes, decode_, record);
  } else {
    record.src_mac_offset = record.dst_mac_offset = no_mac;
    record.ignore_reason = static_cast<uint8_t>(IgnoreReason::link_type);
    unsupported_++;
    unsupported_link_type_ = packet.link_type;
  }
  slab.count++;
  counters_.packets++;
  return Added::yes;
}

size_t BatchBuilder::leave_room() {
  if (slab_->count == 0) slab_->first_number = next_number();
  counters_.packets++;
  return slab_->count++;
}

}  // namespace nfstream
