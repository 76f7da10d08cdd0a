#include "binding/merge_binding.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "binding/capture_binding.h"
#include "binding/capture_read.h"
#include "binding/flow_error.h"
#include "engine/capture/capture_merge.h"

namespace nfstream {

namespace {

// Shared with the read under way, so that it outlives a NativeMerge that is collected meanwhile.
struct Merge {
  CaptureMerge packets;
  std::vector<std::shared_ptr<Capture>> captures;  // by place; null when it is at its end
  bool busy = false;
};

const char* name_of(MergeStatus status) {
  switch (status) {
    case MergeStatus::packets: return "packets";
    case MergeStatus::waiting: return "waiting";
    case MergeStatus::end: return "end";
    case MergeStatus::cancelled: break;
  }
  return "cancelled";
}

class MergeRead : public Napi::AsyncWorker {
 public:
  MergeRead(Napi::Env env, std::shared_ptr<Merge> merge, Napi::ArrayBuffer memory, const PacketSlab& slab, PacketOrigin* origins, std::optional<int64_t> until)
      : Napi::AsyncWorker(env), merge_(std::move(merge)), slab_(slab), origins_(origins), until_(until), deferred_(Napi::Promise::Deferred::New(env)),
        memory_(Napi::Persistent(memory.As<Napi::Object>())) {
    merge_->busy = true;
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { status_ = merge_->packets.read(slab_, origins_, until_); }

  void OnOK() override {
    merge_->busy = false;
    Napi::Object result = Napi::Object::New(Env());
    result.Set("status", name_of(status_));
    result.Set("count", static_cast<double>(slab_.count));
    Napi::Array ended = Napi::Array::New(Env());
    for (const CaptureMerge::End& end : merge_->packets.ended()) {
      Napi::Object what = Napi::Object::New(Env());
      what.Set("place", static_cast<double>(end.place));
      if (end.status == ReadStatus::damaged) what.Set("damage", damage_object(Env(), end.reader->damage()));
      ended.Set(ended.Length(), what);
      merge_->captures[end.place]->busy = false;
      merge_->captures[end.place].reset();
    }
    result.Set("ended", ended);
    deferred_.Resolve(result);
  }

  // What is thrown on the way is std::bad_alloc.
  void OnError(const Napi::Error&) override {
    merge_->busy = false;
    deferred_.Reject(coded_error(Env(), "ERR_NFSTREAM_MEMORY", "There is no memory left to merge the captures.").Value());
  }

 private:
  std::shared_ptr<Merge> merge_;
  PacketSlab slab_;
  PacketOrigin* origins_;
  std::optional<int64_t> until_;
  MergeStatus status_ = MergeStatus::cancelled;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference memory_;
};

class NativeMerge : public Napi::ObjectWrap<NativeMerge> {
 public:
  explicit NativeMerge(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeMerge>(info), merge_(std::make_shared<Merge>()) {}

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeMerge",
        {InstanceMethod<&NativeMerge::add>("add"), InstanceMethod<&NativeMerge::read>("read"), InstanceMethod<&NativeMerge::counters>("counters"),
         InstanceMethod<&NativeMerge::cancel>("cancel"), InstanceMethod<&NativeMerge::close>("close")});
  }

 private:
  void require_idle(Napi::Env env) const {
    if (merge_ == nullptr) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This merge is closed.");
    if (merge_->busy) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This merge is being read; it takes one read at a time.");
  }

  void add(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    const uint32_t place = info[0].As<Napi::Number>().Uint32Value();
    const std::shared_ptr<Capture> capture = lend_capture(info[1]);
    if (merge_->captures.size() <= place) merge_->captures.resize(place + 1);
    merge_->captures[place] = capture;
    merge_->packets.add(place, capture->reader);
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    Napi::ArrayBuffer memory = info[0].As<Napi::ArrayBuffer>();
    const size_t capacity = info[1].As<Napi::Number>().Uint32Value();
    PacketSlab slab = slab_of(memory, capacity, sizeof(PacketOrigin));
    auto* origins = reinterpret_cast<PacketOrigin*>(slab.data + slab.data_size);
    std::optional<int64_t> until;
    bool lossless = true;
    if (!info[2].IsNull()) until = info[2].As<Napi::BigInt>().Int64Value(&lossless);
    auto* worker = new MergeRead(info.Env(), merge_, memory, slab, origins, until);
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
  }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    return counters_object(info.Env(), merge_->packets.counters());
  }

  void cancel(const Napi::CallbackInfo&) {
    if (merge_ != nullptr) merge_->packets.cancel();
  }

  void close(const Napi::CallbackInfo& info) {
    if (merge_ == nullptr) return;
    require_idle(info.Env());
    for (const std::shared_ptr<Capture>& capture : merge_->captures) {
      if (capture != nullptr) capture->busy = false;
    }
    merge_.reset();
  }

  std::shared_ptr<Merge> merge_;
};

}  // namespace

Napi::Function define_merge(Napi::Env env) { return NativeMerge::define(env); }

}  // namespace nfstream
