#include "fuzz/pipeline.h"

#include <algorithm>
#include <memory>

#include "engine/capture/capture_reader.h"
#include "engine/capture/pushed_input.h"
#include "engine/columns/column_table.h"
#include "engine/decode/fragment_table.h"

namespace nfstream::fuzz {
namespace {

// Small, so that flows leave in several parts.
constexpr size_t rows = 64;

// What decode() and the reader promise of every record.
const char* check(const PacketRecord& record, size_t data_size) {
  const uint32_t captured = record.captured_length;
  if (record.data_offset > data_size || captured > data_size - record.data_offset) return "a packet lies outside its slab";
  if (record.ignore_reason >= static_cast<uint8_t>(IgnoreReason::count)) return "an unknown reason to ignore a packet";
  if (record.ignore_reason != 0) return record.ip_version() == 0 ? nullptr : "an ignored packet with an IP version";
  if (record.ip_version() != 4 && record.ip_version() != 6) return "a packet of no IP version";
  if (record.l3_offset + (record.ip_version() == 4 ? 20u : 40u) > captured) return "an IP header outside its packet";
  if (record.l4_offset != 0 && record.l4_offset >= captured) return "a transport header outside its packet";
  if (record.src_mac_offset != no_mac && record.src_mac_offset + 6u > captured) return "a source address outside its packet";
  if (record.dst_mac_offset != no_mac && record.dst_mac_offset + 6u > captured) return "a destination address outside its packet";
  if (record.tunnel_id() >= static_cast<uint8_t>(Tunnel::count)) return "an unknown tunnel";
  if (record.later_fragment() && record.l4_offset != 0) return "a transport header in a later fragment";
  if (record.payload_size > record.transport_size() || record.transport_size() > record.ip_size) return "sizes that do not add up";
  return nullptr;
}

void damage_records(PacketSlab& slab, Random& random) {
  for (size_t at = 0; at < slab.count; ++at) {
    if (random() % 4 != 0) continue;
    change(reinterpret_cast<uint8_t*>(&slab.records[at])[random() % sizeof(PacketRecord)], random);
  }
}

// Most often in the headers, and then decoded again.
void damage_packets(PacketSlab& slab, Random& random, const DecodeOptions& options) {
  for (size_t at = 0; at < slab.count; ++at) {
    PacketRecord& record = slab.records[at];
    if (random() % 4 != 0 || record.captured_length == 0) continue;
    const uint32_t reach = random() % 4 == 0 ? record.captured_length : std::min<uint32_t>(record.captured_length, 80);
    uint8_t* packet = slab.data + record.data_offset;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) change(packet[random() % reach], random);
    decode(packet, options, record);
  }
}

// Half of the variants are decoded as by default, the others with every tunnel, with later fragments, or with both.
CaptureOptions capture_options_for(Random& random) {
  CaptureOptions options;
  const uint64_t choice = random() % 6;
  if (choice == 0 || choice == 1) options.tunnels = all_tunnels;
  options.count_fragments = choice == 1 || choice == 2;
  return options;
}

MeterOptions options_for(Random& random, bool dissects) {
  MeterOptions options;
  options.dissections = dissects ? static_cast<unsigned>(1 + random() % 32) : 0;
  options.capacity = random() % 4 == 0 ? 16 : 100000;
  options.idle_timeout_ms = random() % 4 == 0 ? static_cast<int64_t>(random() % 1000) : 120000;
  options.tcp_expiry = static_cast<TcpExpiry>(random() % 3);
  options.tcp_linger_ms = random() % 2 == 0 ? static_cast<int64_t>(random() % 1000) : 5000;
  options.max_rows = rows;
  options.format.splt = static_cast<uint16_t>(random() % 20);
  options.format.timestamps = static_cast<Timestamps>(random() % 3);
  // Half of the runs have every column, the others those that need nothing behind the record.
  const bool all = random() % 2 == 0;
  for (const Column& column : column_table()) {
    if (all || column.tracks == no_track) options.columns.push_back(&column);
  }
  return options;
}

}  // namespace

Pipeline::Pipeline() : data_(CaptureReader::min_slab), records_(4096) {}

const char* Pipeline::drain(MeterGroup& meters) {
  FlowColumns& flows = meters.output();
  for (size_t column = 0; column < flows.size(); ++column) {
    const FlowColumns::Part part = flows.part(column);
    if (part.type != ColumnType::text) continue;
    const int32_t* offsets = static_cast<const int32_t*>(part.values);
    for (size_t row = 0; row < flows.rows(); ++row) {
      if (offsets[row] < 0 || offsets[row] > offsets[row + 1]) return "text offsets that go back";
    }
    if (static_cast<size_t>(offsets[flows.rows()]) > part.text_bytes) return "text outside its column";
  }
  totals_.flows += flows.rows();
  flows.clear();
  return nullptr;
}

const char* Pipeline::meter_batch(MeterGroup& meters, const PacketBatchView& view) {
  for (;;) {
    const MeterStatus status = meters.feed({view});
    if (status == MeterStatus::no_memory) return "no memory for a flow";
    if (status == MeterStatus::done) return nullptr;
    if (const char* broken = drain(meters)) return broken;
  }
}

const char* Pipeline::run(const Variant& variant, Random& random, const std::vector<Dissector*>& dissectors) {
  auto input = std::make_unique<PushedInput>();
  if (!input->push(variant.bytes.data(), variant.bytes.size())) return "no memory for the capture";
  input->finish();
  const CaptureOptions options = capture_options_for(random);
  FragmentTable fragments;
  CaptureReader reader(std::move(input), options);
  MeterGroup meters(options_for(random, dissectors.front() != nullptr), dissectors);
  PacketSlab slab;
  slab.data = data_.data();
  slab.data_size = data_.size();
  slab.records = records_.data();
  slab.record_capacity = records_.size();
  uint64_t read = 0;
  ReadStatus status = ReadStatus::packets;
  while (status == ReadStatus::packets) {
    status = reader.read(slab);
    read += slab.count;
    if (variant.flips == Flips::packets) damage_packets(slab, random, {options.tunnels, options.count_fragments ? &fragments : nullptr});
    for (size_t at = 0; at < slab.count; ++at) {
      if (const char* broken = check(slab.records[at], slab.data_size)) return broken;
    }
    if (variant.flips == Flips::records) damage_records(slab, random);
    const PacketBatchView view{slab.data, slab.data_size, slab.records, slab.count};
    if (const char* broken = meter_batch(meters, view)) return broken;
  }
  if (status != ReadStatus::end && status != ReadStatus::damaged) return "a finished input that is not at its end";
  for (MeterStatus flushed = MeterStatus::full; flushed == MeterStatus::full;) {
    flushed = meters.flush();
    if (const char* broken = drain(meters)) return broken;
  }
  uint64_t ignored = 0;
  for (const uint64_t reason : meters.counters().ignored) ignored += reason;
  if (meters.counters().packets + ignored != read) return "packets that are neither counted nor ignored";
  if (meters.open_flows() != 0) return "flows that are open after the flush";
  totals_.packets += read;
  totals_.ignored += ignored;
  totals_.damaged += status == ReadStatus::damaged;
  return nullptr;
}

}  // namespace nfstream::fuzz
