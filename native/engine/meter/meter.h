// Packets in, ended flows out: the clock, the flow table, the timeouts and the dissection. Synchronous, one owner, no globals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/columns/column.h"
#include "engine/dissect/dissector.h"
#include "engine/meter/clock_marks.h"
#include "engine/meter/dissection_lane.h"
#include "engine/meter/flow_dissection.h"
#include "engine/meter/flow_expiry.h"
#include "engine/meter/flow_limit.h"
#include "engine/meter/flow_processes.h"
#include "engine/meter/flow_tracks.h"
#include "engine/meter/router.h"
#include "engine/meter/run_clock.h"
#include "engine/packet.h"
#include "engine/table/flow_table.h"

namespace nfstream {

// Which size of a packet counts as its bytes, in nfstream's order of accounting modes.
enum class Accounting { frame, ip, transport, payload };

struct MeterOptions {
  int64_t idle_timeout_ms = 120000;  // no_timeout for never
  int64_t active_timeout_ms = 1800000;
  int64_t max_clock_step_ms = no_timeout;  // a packet further ahead of the clock is ignored
  TcpExpiry tcp_expiry = TcpExpiry::none;
  int64_t tcp_linger_ms = 5000;  // how long a closed flow waits for what is late
  size_t capacity = 1000000;     // of all meters together
  uint64_t first_id = 0;
  uint64_t max_flows = UINT64_MAX;  // no more than these are put out
  unsigned dissections = 20;        // 0 needs no dissector
  bool dissect_beside = false;      // on a thread of its own
  Accounting accounting = Accounting::frame;
  int64_t activity_timeout_ns = 5000000000;  // a longer gap is an idle period
  uint64_t freeze_after = 0;                 // packets of a flow that its columns tell of; 0 for all
  std::vector<const Column*> columns;
  ColumnFormat format;
  size_t max_rows = 8192;
  size_t max_bytes = 4 << 20;
};

// Of one meter.
struct MeterCounters {
  uint64_t packets = 0;    // in flows
  uint64_t swallowed = 0;  // of keys whose flows a plugin has ended
  uint64_t flows = 0;      // ended
};

enum class MeterStatus { done, full, no_memory, enough };

// A flow that has ended and waits to be put out. Flows are put out in the order of (ended_by, last_packet).
struct EndedFlow {
  uint64_t ended_by;  // number of the packet that ended it, among all of the run; at the end of the source, beyond the last
  uint64_t last_packet;
  uint32_t flow;
  EndReason reason;
  uint64_t dissected;  // when its dissection is over, as the lane counts
  const FlowRecord* record;
};

// What a step of one packet did.
struct SteppedPacket {
  size_t index;       // in its batch
  uint32_t flow;      // whose record counts it
  int direction;      // 0 source to destination, 1 back
  uint32_t size;      // as the accounting mode counts
  bool opened;        // it is the flow's first
  int64_t time_ns;    // at which it is counted: its own, or the clock's if that is later
  int64_t before_ns;  // the flow's packet before it; its own time for the first
};

// What meters of one run share. All of it must outlive them.
struct Shared {
  RunClock& clock;  // which a meter that is alone moves itself
  const FlowHash& hash;
  FlowLimit& limit;
  ProcessLookup* processes;  // null for a run without their track; it must end before the meters do
};

// What a run needs of each flow, for its columns and to end it.
TrackOptions tracks_for(const MeterOptions& options);

class Meter {
 public:
  // `dissector` may be null when options.dissections is 0, and must outlive the meter.
  Meter(const MeterOptions& options, Dissector* dissector, const Shared& shared);
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Takes packets from `next` on, and moves it, as the run's only meter. `full`: ended flows must be popped, then feed() goes on with the same view.
  MeterStatus feed(const PacketBatchView& packets, size_t& next);
  // Takes those of a stretch that are of the meter with this number, and follows the clock to the stretch's end, while other meters may be at work. No more
  // flows than those that the limit has room for may be opened by it. `full` as above.
  MeterStatus feed(const Stretch& stretch, size_t number, size_t& next);
  // Takes one packet of a stretch, while no other meter is at work: a flow may have to give way, here or elsewhere. `full` as above, of any meter.
  MeterStatus feed(const PreparedPacket& packet, const ClockMarks& marks) { return count(packet, &marks, &shared_.limit, nullptr); }
  // For a packet that comes soon: first its slot, then its record, then the records beside it.
  void prefetch_slot(const PreparedPacket& packet) const {
    table_.prefetch_slot(packet.hash);
    prefetch_addresses(packet.bytes + packet.packet.l3_offset);
  }
  void prefetch_record(const PreparedPacket& packet) { table_.prefetch_record(packet.hash); }
  void prefetch_neighbours(const PreparedPacket& packet) {
    if (table_.is_large()) table_.prefetch_neighbours(packet.hash);
  }
  // Ends what was over at these marks, up to a packet, by its number and time. False when ended flows must be popped first.
  bool follow(const ClockMarks& marks, int64_t now_ms, uint64_t number);
  // Ends the flows that nothing more has come of by this time, on a wire that is silent: by packets, a packet that comes later may have an earlier time.
  // `full`: pop, then call again.
  MeterStatus expire(int64_t now_ms);
  // Ends every open flow, in the order of their last packets. `full`: pop, then call again.
  MeterStatus flush();

  // Lockstep, of a meter that is alone: begins a batch, which stays where it is until the next is begun. feed() is not called any more.
  void begin(const PacketBatchView& packets);
  // Takes packets of it up to the first that somebody watches, which it tells of in `stepped`. `told` is false when none is left (`done`), and when ended
  // flows must be popped first (`full`).
  MeterStatus step(SteppedPacket& stepped, bool& told);
  // The flows that have ended since it was asked last, at most so many, in the order in which they will be popped; all of them before any is popped.
  const EndedFlow* newly_ended(size_t most, size_t& count);
  bool has_newly_ended() const { return told_ < ended_.size(); }
  // Ends the flow of the packet that was stepped last, with that packet; once. `ignore_rest`: what comes of its key is ignored until it has been idle.
  MeterStatus expire_stepped(int32_t reason, bool ignore_rest);
  // No packet of the flow of the packet that was stepped last is told of any more.
  void unwatch_stepped();
  const FlowRecord& record(uint32_t flow) { return table_.at(flow); }
  // Whether a slot has been given to a flow, open or ended, at some time.
  bool has(uint32_t flow) const { return table_.has(flow); }
  const RecordLayout& layout() const { return tracks_.layout(); }
  // A flow as it is at this packet, or one that has ended and was not popped; named, and with its label and hello as far as dissection has got, where that is
  // wanted. Throws std::bad_alloc.
  const FlowRecord& as_it_is(uint32_t flow, bool named, bool labelled);

  // The open flows that have had a packet after this one, by its number, in the order of their last packets.
  std::vector<uint32_t> live_flows(uint64_t after);
  // The flow was put out as it is.
  void mark_told(uint32_t flow);
  // Bytes of it that no row has told of, in a run that keeps what rows have told; else all of them.
  uint64_t untold_bytes(uint32_t flow);

  // What has ended can leave from then on. `beside`: while the meter is at work, so that what leaves does not count for full().
  void collect(bool beside);
  // The first of the flows that leave, or null. These three may be called by another thread while the meter is at work.
  const EndedFlow* head() const { return first_leaving_ < leaving_.size() ? &leaving_[first_leaving_] : nullptr; }
  void pop() { gone_.push_back(leaving_[first_leaving_++].flow); }
  size_t leaving() const { return leaving_.size() - first_leaving_; }
  // Frees the memory of flows that had left when collect() was called.
  void free_gone();
  // Whether the dissection of the first of the flows that leave is over.
  bool head_is_dissected() const { return lane_ == nullptr || lane_->is_done(head()->dissected); }
  // Waits until it is. False when there is no memory.
  bool dissect_head() { return lane_ == nullptr || lane_->wait(head()->dissected); }
  // Waits until the dissection has caught up. False when there is no memory.
  bool catch_up() { return lane_ == nullptr || lane_->wait(); }
  // At the end of a step: what little waits for the dissection is done at once. False when there is no memory.
  bool rest() { return lane_ == nullptr || lane_->rest(); }
  // Whether more may soon be known of the first of the flows that leave.
  bool head_awaits() { return processes_ != nullptr && processes_->awaits(*head()->record); }
  // Asks for the processes of flows, and notes those that were found. False when there is no memory.
  bool exchange_processes() { return processes_ == nullptr || processes_->exchange(); }
  bool full() const { return waiting_ >= options_.max_rows || counters_.flows >= options_.max_flows; }
  // Ended flows that wait.
  size_t waiting() const { return ended_.size() + leaving(); }

  // Records of the table.
  size_t held() const { return table_.size(); }
  // The last packet of the flow for which that is the oldest; beyond all without a flow.
  uint64_t oldest_packet() {
    const uint32_t flow = table_.oldest();
    return flow == FlowTable::none ? UINT64_MAX : table_.at(flow).last_packet;
  }
  // That flow gives way to one that a packet opens.
  void evict_oldest(uint64_t by) { end(table_.oldest(), EndReason::capacity, by); }

  const MeterCounters& counters() const { return counters_; }
  size_t open_flows() const { return table_.size() - mute_; }
  // Memory of the flow table and of the dissections under way.
  size_t bytes_held() const;

 private:
  // How many packets are looked up ahead of the one that is counted: enough to hide a memory access, few enough to stay in the cache.
  static constexpr size_t look_ahead = 16;
  static constexpr size_t window_size = 4 * look_ahead;

  // A packet that is looked up ahead, and its slot fetched.
  struct Looked {
    PreparedPacket prepared;
    IgnoreReason reason;
  };
  void look_up(const PacketBatchView& packets, size_t at, Looked& looked) const {
    looked.reason = prepare(packets, at, shared_.hash, looked.prepared);
    // Nothing is looked for where a packet is ignored; a fetch that nobody needs harms nobody.
    if (looked.reason != IgnoreReason::none) looked.prepared.hash = 0;
    table_.prefetch_slot(looked.prepared.hash);
  }
  __attribute__((noinline)) void look_up(const PacketBatchView& packets, size_t from, size_t to, Looked* window) const;
  // `marks`: where the clock has moved before the packet; null where nobody else's packets move it. `limit` is null where nothing has to give way.
  MeterStatus count(const PreparedPacket& prepared, const ClockMarks* marks, FlowLimit* limit, SteppedPacket* stepped);
  bool expire(int64_t now_ms, uint64_t number, uint32_t cut);
  uint32_t open(const PreparedPacket& prepared);
  static int direction_of(const FlowRecord& record, const PreparedPacket& prepared);
  bool add_packet(FlowRecord& record, const PreparedPacket& prepared, int direction);
  void add_beyond(FlowRecord& record, const PreparedPacket& prepared, int direction);
  uint32_t size_of(const PacketRecord& packet) const;
  void end(uint32_t flow, EndReason reason, uint64_t ended_by);
  uint64_t end_dissection(FlowRecord& record);
  MeterStatus swallow(FlowRecord& record, const PreparedPacket& prepared);
  bool is_early(const PreparedPacket& prepared) const;
  void free_record(uint32_t flow);

  MeterOptions options_;
  Shared shared_;
  FlowTracks tracks_;
  FlowExpiry expiry_;
  FlowTable table_;
  std::unique_ptr<FlowDissection> dissection_;
  std::unique_ptr<DissectionLane> lane_;  // null where the meter dissects by itself
  std::unique_ptr<FlowProcesses> processes_;
  MeterCounters counters_;
  std::vector<EndedFlow> ended_;
  size_t told_ = 0;     // of those, the flows that were asked for
  size_t waiting_ = 0;  // those that have ended, and those that leave, where the meter waits for that
  std::vector<EndedFlow> leaving_;
  size_t first_leaving_ = 0;
  std::vector<uint32_t> gone_;  // since collect() was called
  std::vector<uint32_t> freed_next_;
  size_t most_open_ = 0;
  size_t mute_ = 0;  // records that are never put out
  // Of lockstep.
  PacketBatchView batch_;
  size_t next_ = 0;
  std::unique_ptr<Looked[]> window_;  // packets that are looked up ahead
  size_t window_at_ = 0;
  size_t window_size_ = 0;
  uint32_t stepped_ = FlowTable::none;  // the flow of the last packet that was told of, while it may be ended
};

}  // namespace nfstream
