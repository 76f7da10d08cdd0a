#include "binding/capture_binding.h"

#include <cerrno>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>

#include "binding/capture_read.h"
#include "binding/filter_binding.h"
#include "binding/flow_error.h"
#include "engine/capture/descriptor.h"
#include "engine/capture/file_input.h"
#include "engine/capture/live_input.h"
#include "engine/decode/fragment_table.h"
#include "engine/decode/link.h"

namespace nfstream {

namespace {

class NativeCapture : public Napi::ObjectWrap<NativeCapture> {
 public:
  explicit NativeCapture(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeCapture>(info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    CaptureOptions options;
    options.filter = filter_of(given.Get("filter"));
    options.tunnels = static_cast<TunnelSet>(given.Get("tunnels").As<Napi::Number>().Uint32Value());
    options.count_fragments = given.Get("countFragments").As<Napi::Boolean>();
    options.all_ports = given.Get("allPorts").As<Napi::Boolean>();
    const Napi::Value notes = given.Get("notes");
    options.notes = notes.IsBoolean() && notes.As<Napi::Boolean>();
    const Napi::Value largest = given.Get("largestMs");
    if (largest.IsNumber() && std::isfinite(largest.As<Napi::Number>().DoubleValue())) options.largest_ns = largest.As<Napi::Number>().Int64Value() * 1000000;
    const Napi::Value descriptor = given.Get("descriptor");
    if (!descriptor.IsNumber()) {
      auto input = std::make_unique<PushedInput>();
      PushedInput* pushed = input.get();
      capture_ = std::make_shared<Capture>(std::move(input), std::move(options));
      capture_->pushed = pushed;
      return;
    }
    Descriptor own = Descriptor::duplicate(descriptor.As<Napi::Number>().Int32Value());
    if (!own.valid()) throw coded_error(info.Env(), "ERR_NFSTREAM_READ", "The input could not be read: " + std::generic_category().message(errno) + ".");
    live_ = given.Get("live").As<Napi::Boolean>();
    const Napi::Value follow = given.Get("follow");
    if (follow.IsString()) {
      live_ = true;
      auto input = std::make_unique<FollowInput>(std::move(own), follow.As<Napi::String>());
      FollowInput* followed = input.get();
      capture_ = std::make_shared<Capture>(std::move(input), std::move(options));
      capture_->followed = followed;
      return;
    }
    std::unique_ptr<ByteInput> input;
    if (live_) input = std::make_unique<LiveInput>(std::move(own));
    else input = std::make_unique<FileInput>(std::move(own));
    capture_ = std::make_shared<Capture>(std::move(input), std::move(options));
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeCapture",
        {InstanceMethod<&NativeCapture::read>("read"), InstanceMethod<&NativeCapture::push>("push"), InstanceMethod<&NativeCapture::cancel>("cancel"),
         InstanceMethod<&NativeCapture::close>("close"), InstanceMethod<&NativeCapture::counters>("counters"),
         InstanceMethod<&NativeCapture::silent_clock>("silentClock"), InstanceMethod<&NativeCapture::finish>("finish"),
         InstanceMethod<&NativeCapture::ending>("ending"), InstanceMethod<&NativeCapture::take_notes>("takeNotes"),
         StaticMethod<&NativeCapture::decode_packets>("decodePackets"), StaticMethod<&NativeCapture::name_link_type>("linkTypeName")});
  }

  std::shared_ptr<Capture> lend(Napi::Env env) {
    require_idle(env);
    capture_->busy = true;
    return capture_;
  }

 private:
  void require_idle(Napi::Env env) const {
    if (capture_ == nullptr) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This capture is closed.");
    if (capture_->busy) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This capture is being read; it takes one read at a time.");
  }

  Napi::Value read(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    Napi::ArrayBuffer memory = info[0].As<Napi::ArrayBuffer>();
    const PacketSlab slab = slab_of(memory, info[1].As<Napi::Number>().Uint32Value(), 0);
    return live_ ? read_on_thread(capture_, memory, slab) : read_in_pool(capture_, memory, slab);
  }

  void push(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    if (capture_->pushed == nullptr) throw coded_error(info.Env(), "ERR_NFSTREAM_BATCH_TYPE", "This capture reads a descriptor; it takes no bytes.");
    if (info[0].IsNull()) return capture_->pushed->finish();
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    if (!capture_->pushed->push(bytes.Data(), bytes.ByteLength()))
      throw coded_error(info.Env(), "ERR_NFSTREAM_MEMORY", "There is no memory left for the capture's bytes.");
  }

  void cancel(const Napi::CallbackInfo&) {
    if (capture_ != nullptr) capture_->input->cancel();
  }

  void close(const Napi::CallbackInfo& info) {
    if (capture_ == nullptr) return;
    require_idle(info.Env());
    capture_.reset();
  }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    return counters_object(info.Env(), capture_->reader.counters());
  }

  void finish(const Napi::CallbackInfo&) {
    if (capture_ != nullptr && capture_->followed != nullptr) capture_->followed->finish();
  }

  Napi::Value ending(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    const FollowInput::Ending ending = capture_->followed == nullptr ? FollowInput::Ending::whole : capture_->followed->ending();
    const char* name = ending == FollowInput::Ending::truncated ? "truncated" : ending == FollowInput::Ending::replaced ? "replaced" : "whole";
    return Napi::String::New(info.Env(), name);
  }

  // Also while it is being read, and while it is lent.
  Napi::Value take_notes(const Napi::CallbackInfo& info) {
    if (capture_ == nullptr) return info.Env().Null();
    const CaptureNotes::Taken taken = capture_->reader.take_notes();
    if (taken.interfaces.empty() && taken.secrets.empty() && taken.secrets_left_out == 0 && !taken.unknown_from) return info.Env().Null();
    return notes_object(info.Env(), taken);
  }

  // Also while it is being read.
  Napi::Value silent_clock(const Napi::CallbackInfo& info) {
    if (capture_ == nullptr) return info.Env().Null();
    const std::optional<int64_t> now_ns = capture_->input->silent_clock_ns();
    if (!now_ns) return info.Env().Null();
    return Napi::Number::New(info.Env(), std::floor(static_cast<double>(*now_ns) / 1e6));
  }

  // The records hold data_offset, captured_length, wire_length and link_type; the rest of what a packet's bytes tell is filled in.
  static void decode_packets(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array data = info[0].As<Napi::Uint8Array>();
    Napi::Uint8Array records = info[1].As<Napi::Uint8Array>();
    if (reinterpret_cast<uintptr_t>(records.Data()) % alignof(PacketRecord) != 0) {
      throw coded_error(info.Env(), "ERR_NFSTREAM_BATCH_TYPE", "The packet records of a batch must begin at a multiple of 8 bytes.");
    }
    DecodeOptions options;
    options.tunnels = static_cast<TunnelSet>(info[2].As<Napi::Number>().Uint32Value());
    std::unique_ptr<FragmentTable> fragments;
    if (info[3].As<Napi::Boolean>()) fragments = std::make_unique<FragmentTable>();
    options.fragments = fragments.get();
    options.all_ports = info[4].As<Napi::Boolean>();
    auto* record = reinterpret_cast<PacketRecord*>(records.Data());
    const size_t count = records.ByteLength() / sizeof(PacketRecord);
    for (const PacketRecord* end = record + count; record < end; record++) {
      if (record->data_offset > data.ByteLength() || record->captured_length > data.ByteLength() - record->data_offset) {
        throw coded_error(info.Env(), "ERR_NFSTREAM_BATCH_TYPE", "A packet record points beyond the bytes of its batch.");
      }
      decode(data.Data() + record->data_offset, options, *record);
    }
  }

  static Napi::Value name_link_type(const Napi::CallbackInfo& info) {
    const char* name = link_type_name(info[0].As<Napi::Number>().Uint32Value());
    return name == nullptr ? info.Env().Null() : Napi::String::New(info.Env(), name);
  }

  std::shared_ptr<Capture> capture_;
  bool live_ = false;
};

}  // namespace

Napi::Function define_capture(Napi::Env env) { return NativeCapture::define(env); }

std::shared_ptr<Capture> lend_capture(const Napi::Value& capture) { return NativeCapture::Unwrap(capture.As<Napi::Object>())->lend(capture.Env()); }

}  // namespace nfstream
