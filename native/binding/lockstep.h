// An engine that is called packet by packet on the JavaScript thread, so that hooks see each flow at that packet.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "binding/engine_state.h"

namespace nfstream {

// What a step tells stands in memory of V8's that both sides read; its layout is shared with lib/plugins/shared-step.ts.
struct SharedStep {
  uint32_t index;      //  0  of the packet in its batch
  uint32_t flow;       //  4  slot of its flow, which is another's after the flow was put out
  uint32_t direction;  //  8
  uint32_t size;       // 12  as the accounting mode counts
  uint32_t opened;     // 16  1 for the flow's first packet
  uint32_t ended;      // 20  flows that have ended, listed behind
  uint32_t more;       // 24  1 when more have ended than there was room for: moreEnded() lists them
  uint32_t padding;
  double packets[2];  // 32  of the flow by direction, this packet included
  double bytes[2];    // 48
  double time_ms;     // 64  at which the packet is counted, with microseconds behind the point
  double delta_ms;    // 72  whole milliseconds since the flow's packet before it
  int64_t time_ns;    // 80
  int64_t before_ns;  // 88  of the flow's packet before it, or its own
  struct Ended {
    uint32_t flow;
    uint32_t reason;
  } list[1];  // 96
};

// One caller, one thread; the engine is at no other step. A flow's slot must be one that was told of and is not put out yet.
class Lockstep {
 public:
  // `columns`: those whose values are asked for, each with its name, whether its integers are bigints, and whether it tells what dissection found.
  Lockstep(Napi::Env env, std::shared_ptr<Engine> engine, const Napi::Array& columns);

  Napi::Value shared() const { return memory_.Value(); }
  // (data, records, name of the capture or origins of merged packets): the batch whose packets come next.
  void begin(const Napi::CallbackInfo& info);
  // 0 the batch is done, 1 a packet is told, 2 ended flows must be put out first. Ended flows are told with each.
  Napi::Value next(Napi::Env env);
  // Ends open flows at the end of a run: 0 done, 2 as above.
  Napi::Value flush(Napi::Env env);
  // (milliseconds by packets): ends flows that are over while no packet comes: as above.
  Napi::Value expire_by(const Napi::CallbackInfo& info);
  // Puts open flows out as they are: their slots, and whether the output must be taken before more are.
  Napi::Value snapshot(Napi::Env env, bool active, size_t most);
  void more_ended() { tell_ended(); }
  // Puts ended flows out, all of which were told, or only those whose label is known by now.
  Napi::Value drain(Napi::Env env, bool all);
  // (column, flow, reason, id): a column's value.
  Napi::Value value(const Napi::CallbackInfo& info);
  // (export_reason, whether the rest is ignored): ends the flow of the packet that was told last, and tells it.
  void expire(const Napi::CallbackInfo& info);
  // No packet of the flow of the packet that was told last is told any more.
  void unwatch() { meter().unwatch_stepped(); }

 private:
  struct Asked {
    const Column* column;
    bool bigint;
    bool named;     // tells a name that an ended flow has
    bool labelled;  // tells what dissection found, or a hello that it has the last word on
    std::unique_ptr<FlowColumns> row;
  };

  Meter& meter() const { return *meter_; }
  void tell_ended() {
    if (!meter_->has_newly_ended()) step_->ended = step_->more = 0;
    else list_ended();
  }
  void list_ended();
  void tell_packet(const SteppedPacket& stepped);

  std::shared_ptr<Engine> engine_;
  Meter* meter_;  // of the run under way
  Napi::Reference<Napi::ArrayBuffer> memory_;
  SharedStep* step_;
  size_t room_;  // for ended flows
  std::vector<Napi::ObjectReference> batch_memory_;
  std::vector<Asked> asked_;
};

}  // namespace nfstream
