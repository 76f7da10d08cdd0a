#include "engine/meter/meter.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstring>

#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

// After this many flows were open, the memory of their facts is worth giving back to the system.
constexpr size_t burst = 65536;
// Ended flows that were put out are forgotten by so many.
constexpr size_t most_popped = 4096;

}  // namespace

TrackOptions tracks_for(const MeterOptions& options) {
  TrackOptions needed;
  needed.tracks = tracks_of(options.columns);
  if (options.tcp_expiry != TcpExpiry::none) needed.tracks |= only(Track::tcp_closing);
  if (options.freeze_after > 0) needed.tracks |= only(Track::beyond);
  needed.tcp_expiry = options.tcp_expiry;
  needed.freeze_after = options.freeze_after;
  needed.unit = options.format.unit;
  needed.splt = options.format.splt;
  needed.payload = std::max(options.format.payload, options.format.entropy);
  needed.activity_timeout_ns = options.activity_timeout_ns;
  needed.metrics = options.format.metrics;
  needed.every_hello = (needed.tracks & only(Track::client_hello)) != 0;
  if (options.dissections > 0) needed.tracks |= only(Track::client_hello);
  needed.dissections = options.dissections;
  return needed;
}

Meter::Meter(const MeterOptions& options, Dissector* dissector, Shard shard, ProcessLookup* processes)
    : options_(options), shard_(shard), tracks_(tracks_for(options)), expiry_(options.idle_timeout_ms, options.active_timeout_ms, options.tcp_linger_ms),
      table_(tracks_.layout().bytes()) {
  options_.capacity = (options.capacity + shard.count - 1) / shard.count;
  if (options.dissections > 0) dissection_ = std::make_unique<FlowDissection>(*dissector, tracks_, options.dissections, facts_of(options.columns));
  if (options.dissections > 0 && options.dissect_beside) lane_ = std::make_unique<DissectionLane>(*dissection_);
  if (processes != nullptr) processes_ = std::make_unique<FlowProcesses>(*processes, table_, tracks_.layout());
}

Meter::~Meter() {
  lane_.reset();
  for (const bool lingering : {false, true}) {
    for (uint32_t flow = table_.oldest(lingering); flow != FlowTable::none; flow = table_.at(flow).newer) free_record(flow);
  }
  for (; head() != nullptr; first_ended_++) free_record(ended_[first_ended_].flow);
}

size_t Meter::bytes_held() const {
  return table_.bytes_held() + (lane_ != nullptr ? lane_->bytes_held() : dissection_ != nullptr ? dissection_->bytes_held() : 0);
}

// Nothing in a batch is trusted: what lies outside the slab or the packet is cut off or makes the packet ignored.
void Meter::prepare(const PacketBatchView& packets, size_t at, Prepared& out) const {
  PacketRecord& packet = out.packet;
  packet = packets.records[at];
  out.reason = packet.ignore_reason < static_cast<uint8_t>(IgnoreReason::count) ? static_cast<IgnoreReason>(packet.ignore_reason) : IgnoreReason::malformed;
  if (out.reason != IgnoreReason::none) return;
  out.reason = IgnoreReason::malformed;
  if (packet.data_offset > packets.data_size) return;
  packet.captured_length = static_cast<uint32_t>(std::min<size_t>(packet.captured_length, packets.data_size - packet.data_offset));
  const uint32_t header = packet.ip_version() == 4 ? 20 : packet.ip_version() == 6 ? 40 : UINT32_MAX;
  if (packet.captured_length < header || packet.l3_offset > packet.captured_length - header) return;
  out.reason = IgnoreReason::none;
  out.bytes = packets.data + packet.data_offset;
  out.source = packets.source_of(packet);
  out.keyed = key_of(packet, out.bytes + packet.l3_offset);
  out.ours = shard_.count == 1 || out.keyed.key.address_pair() % shard_.count == shard_.number;
  if (!out.ours) return;
  out.hash = table_.hash(out.keyed.key);
  table_.prefetch_slot(out.hash);
}

// Another thread has read the packets, so that their bytes are in another core's cache.
void Meter::prefetch_headers(const PacketBatchView& packets, size_t from) {
  const size_t to = std::min(from + look_ahead, packets.count);
  for (size_t i = from; i < to; i++) {
    const PacketRecord& packet = packets.records[i];
    if (packet.data_offset < packets.data_size) __builtin_prefetch(packets.data + packet.data_offset + packet.l3_offset);
  }
}

MeterStatus Meter::feed(const PacketBatchView& packets, size_t& next) {
  Prepared prepared[look_ahead];
  while (next < packets.count) {
    const size_t count_now = std::min(look_ahead, packets.count - next);
    for (size_t i = 0; i < count_now; i++) prepare(packets, next + i, prepared[i]);
    prefetch_headers(packets, next + count_now);
    for (size_t i = 0; i < count_now; i++) {
      if (prepared[i].reason == IgnoreReason::none && prepared[i].ours) table_.prefetch_record(prepared[i].hash);
    }
    for (size_t i = 0; i < count_now; i++) {
      if (!ignore(prepared[i])) {
        const MeterStatus status = count(prepared[i], nullptr);
        if (status != MeterStatus::done) return status;
        leap_ns_.reset();
      }
      fed_++;
      next++;
    }
  }
  return exchange_processes() ? MeterStatus::done : MeterStatus::no_memory;
}

// Counts a packet that is in no flow.
bool Meter::ignore(const Prepared& prepared) {
  if (prepared.reason != IgnoreReason::none) {
    counters_.ignored[static_cast<size_t>(prepared.reason)]++;
    return true;
  }
  if (!leaps(prepared.packet.time_ns)) return false;
  counters_.ignored[static_cast<size_t>(IgnoreReason::clock_step)]++;
  leap_ns_ = prepared.packet.time_ns;
  furthest_leap_ns_ = std::max(furthest_leap_ns_, prepared.packet.time_ns);
  return true;
}

// Flows that this packet ends are ended before anything is counted, so that a full queue can be emptied and the packet fed again.
MeterStatus Meter::count(const Prepared& prepared, SteppedPacket* stepped) {
  const PacketRecord& packet = prepared.packet;
  const int64_t now_ns = std::max(clock_ns_, packet.time_ns);
  const int64_t now_ms = to_ms(now_ns);
  uint32_t flow = prepared.ours ? table_.find(prepared.hash, prepared.keyed.key) : FlowTable::none;
  const FlowExpiry::Cut cut = flow == FlowTable::none || table_.at(flow).counting == Counting::mute
                                  ? FlowExpiry::Cut::none
                                  : expiry_.cut_of(table_.at(flow), packet, prepared.bytes, now_ms);
  const bool cuts = cut != FlowExpiry::Cut::none;
  const size_t open_before = table_.size();
  if (!expire(now_ms, cuts ? flow : FlowTable::none) || (full() && !cuts)) return MeterStatus::full;
  // The piece of the connection that this packet cuts off.
  const uint32_t before = cut == FlowExpiry::Cut::too_old ? flow : FlowTable::none;
  if (table_.size() != open_before && prepared.ours) flow = table_.find(prepared.hash, prepared.keyed.key);
  if (!prepared.ours) {
    advance_clock(packet.time_ns);
    return MeterStatus::done;
  }
  const bool opens = flow == FlowTable::none;
  if (opens) {
    if (table_.size() >= options_.capacity) end(table_.oldest(), EndReason::capacity);
    flow = open(prepared);
    if (flow == FlowTable::none) return MeterStatus::no_memory;
    if (before != FlowTable::none) tracks_.go_on(table_.at(before), table_.at(flow));
    if (tracks_.layout().has(Track::piece)) {
      const int64_t first_ns = counters_.first_clock_ns;
      tracks_.layout().piece(table_.at(flow)).early = first_ns == INT64_MIN || now_ms - to_ms(first_ns) < options_.idle_timeout_ms;
    }
    if (processes_ != nullptr) processes_->begin(flow, before == FlowTable::none ? nullptr : &table_.at(before));
  } else {
    table_.touch(flow);
  }
  FlowRecord& record = table_.at(flow);
  advance_clock(packet.time_ns);
  if (record.counting == Counting::mute) return swallow(record, now_ns);
  const int direction = direction_of(record, prepared);
  if (stepped != nullptr) *stepped = {0, flow, direction, size_of(packet), opens, now_ns, opens ? now_ns : record.heard_ns};
  if (record.counting == Counting::frozen) add_beyond(record, prepared, direction, now_ns);
  else if (!add_packet(record, prepared, direction, now_ns)) return MeterStatus::no_memory;
  if (record.closed_by != EndReason::idle && !record.lingers) table_.linger(flow);
  counters_.packets++;
  // A later fragment holds no header that nDPI could read.
  if (dissection_ != nullptr && !record.handed_all && !packet.later_fragment()) {
    const DissectInput input{prepared.bytes + packet.l3_offset, packet.captured_length - packet.l3_offset, static_cast<uint64_t>(std::max<int64_t>(now_ms, 0)),
                             packet.protocol};
    if (!(lane_ != nullptr ? lane_->feed(record, input) : dissection_->feed(record, input))) return MeterStatus::no_memory;
    record.handed_all = ++record.handed_packets >= options_.dissections || record.phase.get() == DissectPhase::done;
  }
  tracks_.find_hello(record, packet, prepared.bytes, direction);
  return MeterStatus::done;
}

int Meter::direction_of(const FlowRecord& record, const Prepared& prepared) {
  const bool same_endpoint = record.key.port(false) == record.key.port(true) && std::memcmp(record.key.address(false), record.key.address(true), 16) == 0;
  return !same_endpoint && prepared.keyed.sender_is_larger != record.source_is_larger ? 1 : 0;
}

MeterStatus Meter::swallow(FlowRecord& record, int64_t now_ns) {
  record.heard_ns = now_ns;
  record.last_packet = fed_ + 1;
  counters_.ignored[static_cast<size_t>(IgnoreReason::after_expire)]++;
  return MeterStatus::done;
}

bool Meter::add_packet(FlowRecord& record, const Prepared& prepared, int direction, int64_t now_ns) {
  const int64_t before_ns = record.total_packets() > 0 ? record.heard_ns : now_ns;
  const int64_t direction_before_ns = record.packets[direction] > 0 ? record.last_ns[direction] : now_ns;
  const uint32_t size = size_of(prepared.packet);
  if (record.packets[direction]++ == 0) record.first_ns[direction] = now_ns;
  record.last_ns[direction] = record.heard_ns = now_ns;
  record.last_packet = fed_ + 1;
  record.bytes[direction] += size;
  return tracks_.count(record, {prepared.packet, prepared.bytes, direction, size, fed_ + 1, prepared.source, now_ns, before_ns, direction_before_ns});
}

// Only what keeps the flow alive, or ends it, and what is found beside the columns that are frozen.
void Meter::add_beyond(FlowRecord& record, const Prepared& prepared, int direction, int64_t now_ns) {
  record.heard_ns = now_ns;
  record.last_packet = fed_ + 1;
  tracks_.count_beyond(record, prepared.packet, prepared.bytes, direction);
}

uint32_t Meter::size_of(const PacketRecord& packet) const {
  switch (options_.accounting) {
    case Accounting::ip: return packet.ip_size;
    case Accounting::transport: return packet.transport_size();
    case Accounting::payload: return packet.payload_size;
    default: return packet.wire_length;
  }
}

// A packet whose time lies too far ahead of the clock is not believed, unless the one before it was not believed either and they agree:
// that is a gap in the capture. Every meter sees every packet's time, so that all of them decide alike.
bool Meter::leaps(int64_t time_ns) const {
  if (options_.max_clock_step_ms == no_timeout || clock_ns_ == INT64_MIN) return false;
  const auto further = [this](int64_t later, int64_t earlier) {
    return later > earlier && (static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier)) / 1000000 > static_cast<uint64_t>(options_.max_clock_step_ms);
  };
  if (!further(time_ns, clock_ns_)) return false;
  return !leap_ns_ || further(time_ns, *leap_ns_) || further(*leap_ns_, time_ns);
}

// The clock is the largest time so far; it never goes back.
void Meter::advance_clock(int64_t time_ns) {
  if (time_ns < clock_ns_) {
    if (counters_.late_packets++ == 0) counters_.first_late_packet = fed_ + 1;
    // Times are any 64-bit number that a file holds.
    const uint64_t step = static_cast<uint64_t>(clock_ns_) - static_cast<uint64_t>(time_ns);
    counters_.largest_step_back_ns = std::max(counters_.largest_step_back_ns, static_cast<int64_t>(std::min<uint64_t>(step, INT64_MAX)));
  } else {
    clock_ns_ = counters_.last_clock_ns = time_ns;
    if (counters_.first_clock_ns == INT64_MIN) counters_.first_clock_ns = time_ns;
  }
}

// Ends what is over, and the flow that the packet cuts off, in the order of their last packets. False when the output is full; but a
// packet that has cut a flow off is counted at once, since its flow goes on from that one.
bool Meter::expire(int64_t now_ms, uint32_t cut) {
  bool has_cut = false;
  for (;;) {
    uint32_t flow = expiry_.first_over(table_, now_ms);
    const bool is_cut = cut != FlowTable::none && (flow == FlowTable::none || table_.at(cut).last_packet < table_.at(flow).last_packet);
    if (is_cut) flow = cut;
    if (flow == FlowTable::none) return true;
    if (full() && !has_cut) return false;
    end(flow, is_cut ? EndReason::active : EndReason::idle);
    if (!is_cut) continue;
    has_cut = true;
    cut = FlowTable::none;
  }
}

uint32_t Meter::open(const Prepared& prepared) {
  const uint32_t flow = table_.create(prepared.hash, prepared.keyed.key);
  if (flow == FlowTable::none) return flow;
  most_open_ = std::max(most_open_, table_.size());
  FlowRecord& record = table_.at(flow);
  const PacketRecord& packet = prepared.packet;
  record.source_is_larger = prepared.keyed.sender_is_larger;
  const auto copy_mac = [&](uint16_t offset, uint8_t* to) {
    if (offset != no_mac && offset + 6u <= packet.captured_length) std::memcpy(to, prepared.bytes + offset, 6);
  };
  copy_mac(packet.src_mac_offset, record.source_mac);
  copy_mac(packet.dst_mac_offset, record.destination_mac);
  return flow;
}

void Meter::end(uint32_t flow, EndReason reason, uint64_t ended_by) {
  FlowRecord& record = table_.at(flow);
  if (record.counting == Counting::mute) {
    table_.detach(flow);
    table_.release(flow);
    mute_--;
    return;
  }
  const uint64_t dissected = end_dissection(record);
  tracks_.finish(record);
  if (processes_ != nullptr) processes_->end(flow);
  // Whatever else takes a closed flow out of the table, it ended when it was closed.
  if (record.closed_by != EndReason::idle && reason != EndReason::custom) reason = record.closed_by;
  ended_.push_back({ended_by, record.last_packet, flow, reason, dissected});
  counters_.flows++;
  counters_.ended[static_cast<size_t>(reason)]++;
  table_.detach(flow);
}

// Gives the number that tells when it is over.
uint64_t Meter::end_dissection(FlowRecord& record) {
  if (dissection_ == nullptr) return 0;
  if (lane_ == nullptr) return dissection_->end(record), 0;
  // Packets of it that came behind the last that was wanted may still be on their way, and its record must not be another flow's by then.
  return dissection_->has_all(record) ? lane_->last() : lane_->end(record);
}

void Meter::free_record(uint32_t flow) {
  FlowRecord& record = table_.at(flow);
  if (dissection_ != nullptr) dissection_->abandon(record);
  FlowDissection::free_facts(record);
  tracks_.release(record);
}

void Meter::pop() {
  const uint32_t flow = ended_[first_ended_++].flow;
  free_record(flow);
  table_.release(flow);
  // Where the dissection is always behind there is always one that waits.
  if (first_ended_ == ended_.size() || (first_ended_ >= most_popped && first_ended_ > ended_.size() / 2)) {
    ended_.erase(ended_.begin(), ended_.begin() + static_cast<ptrdiff_t>(first_ended_));
    told_ -= std::min(told_, first_ended_);
    first_ended_ = 0;
  }
  if (most_open_ >= burst && table_.size() < most_open_ / 8) {
    most_open_ = table_.size();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
  }
}

MeterStatus Meter::expire(int64_t now_ms) {
  // The silence is counted from the largest time that was read, which may be one that was not believed.
  if (furthest_leap_ns_ > clock_ns_) now_ms -= to_ms(furthest_leap_ns_) - to_ms(clock_ns_);
  return expire(now_ms, FlowTable::none) ? MeterStatus::done : MeterStatus::full;
}

MeterStatus Meter::flush() {
  for (uint32_t flow = table_.oldest(); flow != FlowTable::none; flow = table_.oldest()) {
    if (full()) return MeterStatus::full;
    end(flow, EndReason::end_of_source);
  }
  return MeterStatus::done;
}

}  // namespace nfstream
