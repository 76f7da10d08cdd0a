#include "engine/meter/meter.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstring>

#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

// Packets that are looked up together.
constexpr size_t round = 4;
// After this many flows were open, the memory of their facts is worth giving back to the system.
constexpr size_t burst = 65536;

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

Meter::Meter(const MeterOptions& options, Dissector* dissector, const Shared& shared)
    : options_(options), shared_(shared), tracks_(tracks_for(options)),
      expiry_(tracks_.layout(), options.idle_timeout_ms, options.active_timeout_ms, options.tcp_linger_ms), table_(tracks_.layout().bytes()) {
  if (options.dissections > 0) dissection_ = std::make_unique<FlowDissection>(*dissector, tracks_, options.dissections, facts_of(options.columns));
  if (options.dissections > 0 && options.dissect_beside) lane_ = std::make_unique<DissectionLane>(*dissection_);
  if (shared.processes != nullptr) processes_ = std::make_unique<FlowProcesses>(*shared.processes, table_, tracks_.layout());
}

Meter::~Meter() {
  lane_.reset();
  for (const bool lingering : {false, true}) {
    for (uint32_t flow = table_.oldest(lingering); flow != FlowTable::none; flow = table_.at(flow).newer) free_record(flow);
  }
  for (; head() != nullptr; first_leaving_++) free_record(head()->flow);
  for (const EndedFlow& ended : ended_) free_record(ended.flow);
  for (const std::vector<uint32_t>* gone : {&gone_, &freed_next_}) {
    for (const uint32_t flow : *gone) free_record(flow);
  }
}

size_t Meter::bytes_held() const {
  return table_.bytes_held() + (lane_ != nullptr ? lane_->bytes_held() : dissection_ != nullptr ? dissection_->bytes_held() : 0);
}

// In a function of its own, where nothing else needs the registers.
void Meter::look_up(const PacketBatchView& packets, size_t from, size_t to, Looked* window) const {
  for (size_t i = from; i < to; i++) {
    prefetch_header(packets, i + look_ahead);
    look_up(packets, i, window[i % window_size]);
  }
}

// What a packet needs of a table that no cache holds is fetched while those before it are counted: its slot, then its record, then the records beside it. A
// few packets at a time, since memory serves a few requests at a time, and all the while.
MeterStatus Meter::feed(const PacketBatchView& packets, size_t& next) {
  static_assert(round + 3 * look_ahead <= window_size, "a packet is counted before its place is another's");
  Looked window[window_size];
  const auto hash_at = [&](size_t i) { return window[i % window_size].prepared.hash; };
  for (size_t looked_up = next, with_record = next, with_neighbours = next; next < packets.count;) {
    const auto up_to = [&, first = next](size_t ahead) { return std::min(first + round + ahead, packets.count); };
    look_up(packets, looked_up, up_to(3 * look_ahead), window);
    looked_up = up_to(3 * look_ahead);
    for (const size_t to = up_to(2 * look_ahead); with_record < to; with_record++) table_.prefetch_record(hash_at(with_record));
    if (table_.is_large()) {
      for (const size_t to = up_to(look_ahead); with_neighbours < to; with_neighbours++) table_.prefetch_neighbours(hash_at(with_neighbours));
    }
    table_.go_on();
    for (const size_t to = up_to(0); next < to; next++) {
      Looked& looked = window[next % window_size];
      if (!shared_.clock.admit(looked.prepared, looked.reason)) continue;
      const MeterStatus status = count(looked.prepared, nullptr, &shared_.limit, nullptr);
      if (status != MeterStatus::done) return status;
      shared_.clock.pass(looked.prepared);
    }
    with_neighbours = std::max(with_neighbours, next);
  }
  return exchange_processes() ? MeterStatus::done : MeterStatus::no_memory;
}

MeterStatus Meter::feed(const Stretch& stretch, size_t number, size_t& next) {
  const PreparedPacket* const* packets = stretch.packets_of(number);
  const size_t all = stretch.count_of(number);
  for (; next < all; next++) {
    if (next % round == 0) table_.go_on();
    if (next + 3 * look_ahead < all) prefetch_slot(*packets[next + 3 * look_ahead]);
    if (next + 2 * look_ahead < all) prefetch_record(*packets[next + 2 * look_ahead]);
    if (next + look_ahead < all) prefetch_neighbours(*packets[next + look_ahead]);
    const MeterStatus status = count(*packets[next], &stretch.marks(), nullptr, nullptr);
    if (status != MeterStatus::done) return status;
  }
  if (!follow(stretch.marks(), stretch.end_ms(), UINT64_MAX)) return MeterStatus::full;
  return exchange_processes() ? MeterStatus::done : MeterStatus::no_memory;
}

// Flows that this packet ends are ended before anything is counted, so that a full queue can be emptied and the packet fed again.
MeterStatus Meter::count(const PreparedPacket& prepared, const ClockMarks* marks, FlowLimit* limit, SteppedPacket* stepped) {
  const PacketRecord& packet = prepared.packet;
  const int64_t now_ns = prepared.now_ns;
  const int64_t now_ms = to_ms(now_ns);
  FlowRecord* found = nullptr;
  uint32_t flow = table_.find(prepared.hash, prepared.keyed.key, found);
  FlowExpiry::Cut cut = FlowExpiry::Cut::none;
  if (flow != FlowTable::none && found->counting != Counting::mute) cut = expiry_.cut_of(*found, packet, prepared.bytes, now_ns);
  const bool cuts = cut != FlowExpiry::Cut::none;
  // The piece of the connection that this packet cuts off.
  const uint32_t before = cut == FlowExpiry::Cut::too_old ? flow : FlowTable::none;
  if (cuts || expiry_.any_over(table_, now_ns)) {
    if (marks != nullptr && !follow(*marks, now_ms, prepared.number - 1)) return MeterStatus::full;
    if (!expire(now_ms, prepared.number, cuts ? flow : FlowTable::none)) return MeterStatus::full;
    flow = table_.find(prepared.hash, prepared.keyed.key, found);
  }
  if (full() && !cuts) return MeterStatus::full;
  const bool opens = flow == FlowTable::none;
  if (opens) {
    if (limit != nullptr && !limit->make_room(*this, prepared, marks)) return MeterStatus::full;
    flow = open(prepared);
    if (flow == FlowTable::none) return MeterStatus::no_memory;
    found = &table_.at(flow);
    if (before != FlowTable::none) tracks_.go_on(table_.at(before), *found);
    if (tracks_.layout().has(Track::piece)) tracks_.layout().piece(*found).early = is_early(prepared);
    if (processes_ != nullptr) processes_->begin(flow, before == FlowTable::none ? nullptr : &table_.at(before));
  } else {
    table_.touch(flow, *found);
  }
  FlowRecord& record = *found;
  if (record.counting == Counting::mute) return swallow(record, prepared);
  const int direction = direction_of(record, prepared);
  if (stepped != nullptr) *stepped = {0, flow, direction, size_of(packet), opens, now_ns, opens ? now_ns : layout().heard_ns(record)};
  if (record.counting == Counting::frozen) add_beyond(record, prepared, direction);
  else if (!add_packet(record, prepared, direction)) return MeterStatus::no_memory;
  if (record.closed_by != EndReason::idle && !record.lingers) {
    table_.linger(flow);
    expiry_.look_again();
  }
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

// The flow begins so near to the run's first packet that it may have begun before the run.
bool Meter::is_early(const PreparedPacket& prepared) const {
  const RunClock& clock = shared_.clock;
  return clock.first_number() == 0 || prepared.number <= clock.first_number() || to_ms(prepared.now_ns) - to_ms(clock.first_ns()) < options_.idle_timeout_ms;
}

int Meter::direction_of(const FlowRecord& record, const PreparedPacket& prepared) {
  return prepared.keyed.sender_is_larger != record.source_is_larger && !record.key.is_to_itself() ? 1 : 0;
}

MeterStatus Meter::swallow(FlowRecord& record, const PreparedPacket& prepared) {
  record.last_ns[0] = prepared.now_ns;
  record.last_packet = prepared.number;
  counters_.swallowed++;
  return MeterStatus::done;
}

bool Meter::add_packet(FlowRecord& record, const PreparedPacket& prepared, int direction) {
  const int64_t now_ns = prepared.now_ns;
  const int64_t before_ns = record.total_packets() > 0 ? record.last_seen_ns() : now_ns;
  const int64_t direction_before_ns = record.packets[direction] > 0 ? record.last_ns[direction] : now_ns;
  const uint32_t size = size_of(prepared.packet);
  if (record.packets[direction]++ == 0) record.first_ns[direction] = now_ns;
  record.last_ns[direction] = now_ns;
  record.last_packet = prepared.number;
  record.bytes[direction] += size;
  return tracks_.count(record, {prepared.packet, prepared.bytes, direction, size, prepared.number, prepared.source, now_ns, before_ns, direction_before_ns});
}

// Only what keeps the flow alive, or ends it, and what is found beside the columns that are frozen.
void Meter::add_beyond(FlowRecord& record, const PreparedPacket& prepared, int direction) {
  record.last_packet = prepared.number;
  tracks_.count_beyond(record, prepared.packet, prepared.bytes, direction, prepared.now_ns);
}

uint32_t Meter::size_of(const PacketRecord& packet) const {
  switch (options_.accounting) {
    case Accounting::ip: return packet.ip_size;
    case Accounting::transport: return packet.transport_size();
    case Accounting::payload: return packet.payload_size;
    default: return packet.wire_length;
  }
}

// Ends what is over, and the flow that the packet cuts off, in the order of their last packets. False when the output is full; but a
// packet that has cut a flow off is counted at once, since its flow goes on from that one.
bool Meter::expire(int64_t now_ms, uint64_t number, uint32_t cut) {
  bool has_cut = false;
  for (;;) {
    uint32_t flow = expiry_.first_over(table_, now_ms);
    const bool is_cut = cut != FlowTable::none && (flow == FlowTable::none || table_.at(cut).last_packet < table_.at(flow).last_packet);
    if (is_cut) flow = cut;
    if (flow == FlowTable::none) return true;
    if (full() && !has_cut) return false;
    end(flow, is_cut ? EndReason::active : EndReason::idle, number);
    if (!is_cut) continue;
    has_cut = true;
    cut = FlowTable::none;
  }
}

// What is over by now was over at a mark before, unless the packet that comes next moved the clock.
bool Meter::follow(const ClockMarks& marks, int64_t now_ms, uint64_t number) {
  for (;;) {
    const ClockMark* first = nullptr;
    for (const bool lingering : {false, true}) {
      const uint32_t flow = table_.oldest(lingering);
      if (flow == FlowTable::none || !expiry_.is_over(table_.at(flow), now_ms)) continue;
      const ClockMark* mark = marks.first(table_.at(flow).last_packet, expiry_.over_at_ms(table_.at(flow)));
      if (mark != nullptr && (first == nullptr || mark < first)) first = mark;
    }
    if (first == nullptr || first->number > number) return true;
    if (!expire(first->ms, first->number, FlowTable::none)) return false;
  }
}

uint32_t Meter::open(const PreparedPacket& prepared) {
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
  waiting_++;
  ended_.push_back({ended_by, record.last_packet, flow, reason, dissected, &record});
  counters_.flows++;
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

void Meter::collect(bool beside) {
  leaving_.erase(leaving_.begin(), leaving_.begin() + static_cast<ptrdiff_t>(first_leaving_));
  first_leaving_ = 0;
  if (leaving_.empty()) leaving_.swap(ended_);
  else leaving_.insert(leaving_.end(), ended_.begin(), ended_.end());
  ended_.clear();
  told_ = 0;
  waiting_ = beside ? 0 : leaving_.size();
  if (freed_next_.empty()) freed_next_.swap(gone_);
}

void Meter::free_gone() {
  for (const uint32_t flow : freed_next_) {
    free_record(flow);
    table_.release(flow);
  }
  freed_next_.clear();
  if (most_open_ >= burst && table_.size() < most_open_ / 8) {
    most_open_ = table_.size();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
  }
}

MeterStatus Meter::expire(int64_t now_ms) {
  // The silence is counted from the largest time that was read.
  return expire(now_ms - shared_.clock.disbelieved_ms(), shared_.clock.passed() + 1, FlowTable::none) ? MeterStatus::done : MeterStatus::full;
}

MeterStatus Meter::flush() {
  for (uint32_t flow = table_.oldest(); flow != FlowTable::none; flow = table_.oldest()) {
    if (full()) return MeterStatus::full;
    end(flow, EndReason::end_of_source, UINT64_MAX);
  }
  return MeterStatus::done;
}

}  // namespace nfstream
