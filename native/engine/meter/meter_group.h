// One run's meters: they share its packets and work at the same time; their ended flows are merged into one order, so that any number of meters gives the same
// flows under the same ids.
//
// Several of them work in rounds. In each, the meters take their packets of a stretch, while the next stretch is divided among them (Router), and flows that
// ended in the one before are put out: as many tasks, for as many threads as there are meters. A stretch that could open more flows than there is room for is
// one task: its packets are taken in their order, so that the same flows give way as with one meter.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/columns/flow_columns.h"
#include "engine/meter/crew.h"
#include "engine/meter/flow_limit.h"
#include "engine/meter/meter.h"
#include "engine/meter/router.h"
#include "engine/meter/run_clock.h"
#include "engine/process/process_lookup.h"

namespace nfstream {

struct RunCounters : ClockCounters {
  uint64_t packets = 0;  // in flows
  uint64_t flows = 0;    // put out
  uint64_t ended[static_cast<size_t>(EndReason::count)] = {};
};

class MeterGroup {
 public:
  // One dissector a meter (null ones when options.dissections is 0); they must outlive the group. Throws NoProcesses where columns ask for processes and none
  // can be found.
  MeterGroup(const MeterOptions& options, const std::vector<Dissector*>& dissectors);

  // Takes batches. `full`: the output must be taken and cleared, then feed() is called again with the same batches until it is `done`.
  // `enough`: options.max_flows are put out; the output is taken a last time, and nothing is called any more.
  MeterStatus feed(const std::vector<PacketBatchView>& batches);
  // Ends the flows that are over by this time, while no packet comes; `full` and `enough` as above.
  MeterStatus expire(int64_t now_ms);
  // Ends every open flow; `full` as above. Batches under way are left as they are.
  MeterStatus flush();
  // Waits for the processes of flows that were asked for; in all of a run no longer than a moment.
  void settle();

  // Puts the open flows out as they are, which stay open, in the order of their last packets: all of them, or those that have had a packet since the snapshot
  // before. Of more than `most` of these, a sample is put out. The output must be empty before the first call; `full`: take it and call again, before anything
  // else. With the slots of what was put out, where they are asked for.
  MeterStatus snapshot(bool active, size_t most = SIZE_MAX, std::vector<uint32_t>* slots = nullptr);
  // Of the last snapshot: a flow with so many new bytes was put out in any case, one with fewer stands for others like it, which have so many together. 0 where
  // all were.
  double threshold() const { return threshold_; }

  // Lockstep: the group's only meter, packet by packet.
  Meter& only() { return *parts_[0].meter; }
  // Puts ended flows out, as far as there is room, or with `all` left out those whose dissection is over: `full` when the output must be taken, `enough` as
  // above.
  MeterStatus drain(bool all);

  FlowColumns& output() { return output_; }
  // Flows have ended that are not put out.
  bool has_waiting() const;
  RunCounters counters() const;
  // Those that are not put out.
  size_t open_flows() const;
  size_t bytes_held() const;

 private:
  struct Part {
    std::unique_ptr<Meter> meter;
    MeterStatus status = MeterStatus::full;  // full until the step under way is done
    bool stopped = false;                    // it may yet end flows that go before some that others have ended
    bool behind = false;                     // the same, when flows were collected
    BatchPosition at;                        // of a meter that is alone, in the batches under way
    size_t next = 0;                         // of the meter's packets in the stretch at work
  };
  using Step = std::function<MeterStatus(Part&)>;
  enum class TaskKind { meter, in_turn, route, put_out };
  struct Task {
    TaskKind kind;
    size_t part;
  };

  // `last`: nothing comes behind this step, so that flows can wait for their processes.
  MeterStatus advance(const Step& step, bool last);
  MeterStatus feed_alone(const std::vector<PacketBatchView>& batches);
  MeterStatus feed_routed(const std::vector<PacketBatchView>& batches);
  void begin_stretch();
  // Packets of all meters in their order, since a flow may have to give way.
  void take_in_turn();
  void stop_in_turn(const PreparedPacket& at);
  bool may_take_in_turn();
  void give_up_batches();
  // Does the tasks, with the work of each meter that has not done the step. False when there is no memory.
  bool run_tasks(const Step& step, const std::vector<PacketBatchView>* batches);
  void add_meters();
  // After a round: what of the flows that have ended can leave then. `done` as far as the step is over; `full` and `enough` as in feed().
  MeterStatus let_leave(bool done, bool last);
  bool all_done() const;

  Part* first_ended();
  // Puts flows out, as far as there is room. Those whose dissection is under way or whose process may soon be known wait, and all behind them, unless
  // `all` are to leave. False when there is no memory.
  bool put_out(bool all);
  // The same, while no meter is at work, of all that have ended.
  bool merge(bool all);
  void exchange_processes();
  bool last_waits() const;
  bool enough() const { return flows_ >= max_flows_; }

  RunClock clock_;
  FlowHash hash_;
  FlowLimit limit_;
  std::vector<Part> parts_;
  std::chrono::milliseconds patience_;        // that is left for settle()
  std::unique_ptr<ProcessLookup> processes_;  // null where no column tells of them
  const size_t max_rows_;
  const bool put_out_beside_;  // flows leave while meters are at work: nothing of them is waited for
  // Of several meters.
  Router router_;
  BatchPosition routed_to_;
  std::unique_ptr<Stretch> at_work_;
  std::unique_ptr<Stretch> upcoming_;
  bool works_ = false;   // the one is not done
  bool routed_ = false;  // the other has packets
  bool in_turn_ = false;
  size_t next_in_turn_ = 0;
  std::vector<Task> tasks_;
  bool out_of_memory_ = false;
  FlowColumns output_;
  const uint64_t first_id_;
  const uint64_t max_flows_;
  struct LiveFlow {
    Meter* meter;
    uint32_t flow;
    uint64_t last_packet;
    uint64_t bytes;  // that are new
  };
  void sample(size_t most);
  std::vector<LiveFlow> shown_;  // of the snapshot under way
  size_t next_shown_ = 0;
  uint64_t shown_to_ = 0;  // packets that the last snapshot told of
  double threshold_ = 0;
  uint64_t flows_ = 0;  // put out
  uint64_t ended_[static_cast<size_t>(EndReason::count)] = {};
  Crew crew_;
};

}  // namespace nfstream
