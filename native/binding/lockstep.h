// An engine that is called packet by packet on the JavaScript thread, so that hooks see each flow at that packet.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "binding/engine_state.h"

namespace nfstream {

// What a step tells stands in memory of V8's that both sides read; its layout is shared with lib/plugins/lockstep.ts.
struct SharedStep {
  uint32_t index;      //   0  of the packet in its batch
  uint32_t flow;       //   4  slot of its flow, which is another's after the flow was put out
  uint32_t direction;  //   8
  uint32_t size;       //  12  as the accounting mode counts
  uint32_t opened;     //  16  1 for the flow's first packet
  uint32_t ended;      //  20  flows that have ended, listed behind
  uint32_t reserved[2];
  double packets[2];   //  32  of the flow, this packet included
  double bytes[2];     //  48
  int64_t first_ns[2]; //  64
  int64_t last_ns[2];  //  80
  int64_t since_ns;    //  96  since the flow's packet before
  uint64_t padding[3];
  struct Ended {
    uint32_t flow;
    uint32_t reason;
  } list[1];           // 128  room for as many as can wait
};

// One caller, one thread; the engine is at no other step. A flow's slot must be one that was told of and is not put out yet: others are refused.
class Lockstep {
 public:
  Lockstep(Napi::Env env, std::shared_ptr<Engine> engine);

  Napi::Value shared() const { return memory_.Value(); }
  // (data, records, name of the capture): the batch whose packets come next.
  void begin(const Napi::CallbackInfo& info);
  // 0 the batch is done, 1 a packet is told, 2 ended flows must be put out first. Ended flows are told with each.
  Napi::Value next(Napi::Env env);
  // Ends open flows at the end of a run: 0 done, 2 as above.
  Napi::Value flush(Napi::Env env);
  // Puts ended flows out: 0 done, 2 the output must be taken, 3 enough flows are out.
  Napi::Value drain(Napi::Env env);
  // (flow): its counters into the shared memory.
  void look(const Napi::CallbackInfo& info);
  // (column, flow, reason, whether an integer is a bigint): a column's value.
  Napi::Value value(const Napi::CallbackInfo& info);
  // (flow, reason, whether the rest is ignored): ends the flow of the packet that was told last.
  Napi::Value expire(const Napi::CallbackInfo& info);
  // (flow): no packet of it is told any more.
  void unwatch(const Napi::CallbackInfo& info);

 private:
  Meter& meter() const { return engine_->meters->only(); }
  void tell_ended();
  void tell_counters(const FlowRecord& flow);
  uint32_t flow_of(const Napi::CallbackInfo& info, size_t argument) const;
  FlowColumns& scratch(size_t column);

  std::shared_ptr<Engine> engine_;
  Napi::Reference<Napi::ArrayBuffer> memory_;
  SharedStep* step_;
  size_t room_;  // for ended flows
  PacketBatchView batch_;
  size_t next_ = 0;
  Napi::ObjectReference batch_memory_[2];
  std::vector<std::unique_ptr<FlowColumns>> scratch_;  // a row for each column
};

}  // namespace nfstream
