#include "binding/filter_binding.h"

#include <string>

#include "binding/flow_error.h"
#include "engine/capture/packet_filter.h"

namespace nfstream {

namespace {

class Check : public Napi::AsyncWorker {
 public:
  Check(Napi::Env env, std::shared_ptr<FilterPrograms> programs)
      : Napi::AsyncWorker(env), programs_(std::move(programs)), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { problem_ = programs_->check(); }
  void OnOK() override { deferred_.Resolve(Napi::String::New(Env(), problem_)); }
  // What is thrown on the way is std::bad_alloc.
  void OnError(const Napi::Error&) override {
    deferred_.Reject(coded_error(Env(), "ERR_NFSTREAM_MEMORY", "There is no memory left to compile the filter.").Value());
  }

 private:
  std::shared_ptr<FilterPrograms> programs_;
  std::string problem_;
  Napi::Promise::Deferred deferred_;
};

class NativeFilter : public Napi::ObjectWrap<NativeFilter> {
 public:
  explicit NativeFilter(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<NativeFilter>(info), programs_(std::make_shared<FilterPrograms>(info[0].As<Napi::String>())) {}

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeFilter", {InstanceMethod<&NativeFilter::problem>("problem"), InstanceMethod<&NativeFilter::compile>("compile")});
  }

  const std::shared_ptr<FilterPrograms>& programs() const { return programs_; }

 private:
  Napi::Value problem(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), programs_->check()); }

  Napi::Value compile(const Napi::CallbackInfo& info) {
    auto* check = new Check(info.Env(), programs_);
    const Napi::Promise promise = check->promise();
    check->Queue();
    return promise;
  }

  std::shared_ptr<FilterPrograms> programs_;
};

}  // namespace

Napi::Function define_filter(Napi::Env env) { return NativeFilter::define(env); }

std::shared_ptr<FilterPrograms> filter_of(const Napi::Value& filter) {
  return filter.IsNull() ? nullptr : NativeFilter::Unwrap(filter.As<Napi::Object>())->programs();
}

}  // namespace nfstream
