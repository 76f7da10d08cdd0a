// One step of an engine away from the JavaScript thread, as a promise.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "binding/engine_state.h"

namespace nfstream {

// How far a step has got: NativeStepResult of the contract.
Napi::Object step_result(Napi::Env env, MeterStatus status, MeterGroup& meters);

enum class StepKind { open, feed, expire, snapshot, settle, flush };

class Step : public Napi::AsyncWorker {
 public:
  Step(Napi::Env env, std::shared_ptr<Engine> engine, StepKind kind)
      : Napi::AsyncWorker(env), engine_(std::move(engine)), deferred_(Napi::Promise::Deferred::New(env)), kind_(kind) {
    engine_->busy = true;
  }

  // The memory of a batch must stay while a worker reads it.
  void add_batch(const Napi::Uint8Array& data, const Napi::Uint8Array& records, const Napi::Value& source);
  // Milliseconds, by packets.
  void expire_at(int64_t now_ms) { now_ms_ = now_ms; }
  // A snapshot is of the flows that have had packets since the one before, or of a sample of them.
  void show_active(size_t most) {
    active_ = true;
    most_ = most;
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override;
  void OnOK() override;
  void OnError(const Napi::Error& error) override;

 private:
  void work();
  void fail(const std::string& code, const std::string& text);
  // An engine that has done a run begins another with an empty table, and keeps the dissectors that have learnt nothing.
  void open();

  std::shared_ptr<Engine> engine_;
  Napi::Promise::Deferred deferred_;
  StepKind kind_;
  std::vector<PacketBatchView> batches_;
  int64_t now_ms_ = 0;
  bool active_ = false;
  size_t most_ = SIZE_MAX;
  MeterStatus status_ = MeterStatus::done;
  std::string code_;  // empty where what was thrown on the way is std::bad_alloc
  std::vector<Napi::ObjectReference> memory_;
};

}  // namespace nfstream
