// One run's meters: they share its packets by address pair and work at the same time; their ended flows are merged into one order, so
// that any number of meters gives the same flows under the same ids.
#pragma once

#include <memory>
#include <vector>

#include "engine/columns/flow_columns.h"
#include "engine/meter/crew.h"
#include "engine/meter/meter.h"
#include "engine/process/process_lookup.h"

namespace nfstream {

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
  // Ends every open flow; `full` as above.
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
  MeterCounters counters() const;
  // Those that are not put out.
  size_t open_flows() const;
  size_t bytes_held() const;

 private:
  struct Part {
    std::unique_ptr<Meter> meter;
    size_t batch = 0;  // where it stands in the batches under way
    size_t next = 0;
    MeterStatus status = MeterStatus::full;  // full until the batches under way are done
  };

  // `last`: nothing comes behind this step, so that flows can wait for their processes.
  template <typename Step>
  MeterStatus advance(Step step, bool last);
  Part* first_ended();
  // Puts ended flows out, as far as there is room. Those whose dissection is under way or whose process may soon be known wait, and all behind them, unless
  // `all` are to leave. False when there is no memory.
  bool merge(bool all);
  void exchange_processes();
  bool last_waits() const;
  bool enough() const { return flows_ >= max_flows_; }

  std::vector<Part> parts_;
  std::chrono::milliseconds patience_;        // that is left for settle()
  std::unique_ptr<ProcessLookup> processes_;  // null where no column tells of them
  FlowColumns output_;
  Crew crew_;
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
};

}  // namespace nfstream
