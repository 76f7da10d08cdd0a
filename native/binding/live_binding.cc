#include "binding/live_binding.h"

#include <pwd.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "binding/capture_read.h"
#include "binding/flow_error.h"
#include "engine/live/interfaces.h"
#include "engine/live/live_capture.h"

namespace nfstream {

namespace {

Napi::Value problem_object(Napi::Env env, const std::optional<LiveProblem>& problem) {
  if (!problem) return env.Null();
  Napi::Object what = Napi::Object::New(env);
  what.Set("code", problem->code);
  what.Set("device", problem->device);
  what.Set("text", problem->text);
  return what;
}

// A capture and its thread, from open() until the thread has ended; what the thread tells comes to the JavaScript thread in its order.
class Live : public LiveListener, public std::enable_shared_from_this<Live> {
 public:
  Live(Napi::Env env, LiveOptions options) : env_(env), capture_(std::move(options), *this) {}

  LiveCapture& capture() { return capture_; }

  // `owner` must not be collected as long as the thread is there.
  Napi::Promise open(const Napi::Object& owner) {
    opening_ = Napi::Promise::Deferred::New(env_);
    const Napi::Promise promise = opening_->Promise();
    start(owner);
    return promise;
  }

  // When the thread has ended and everything is closed.
  Napi::Promise closed() {
    const auto closing = Napi::Promise::Deferred::New(env_);
    if (started_) closing_.push_back(closing);
    else closing.Resolve(env_.Undefined());
    return closing.Promise();
  }

  Napi::Promise read(Napi::ArrayBuffer memory, const PacketSlab& slab) {
    reads_.push_back({Napi::Promise::Deferred::New(env_), Napi::Persistent(memory.As<Napi::Object>())});
    const Napi::Promise promise = reads_.back().settled.Promise();
    if (over_) settle_ended();
    else capture_.grant(slab);
    return promise;
  }

  void opened() override { send(std::move(opened_)); }
  void filled(const PacketSlab& slab) override { send(std::make_unique<Message>(Message{shared_from_this(), Kind::filled, slab, {}})); }
  void gone(const LiveProblem& problem) override { send(std::make_unique<Message>(Message{shared_from_this(), Kind::gone, {}, problem})); }
  void back(const std::string& device) override { send(std::make_unique<Message>(Message{shared_from_this(), Kind::back, {}, {"", device, ""}})); }
  void ended(const LiveProblem* problem) override {
    if (problem != nullptr) problem_ = *problem;
    opened_.reset();
    send(std::move(ended_));
  }

 private:
  enum class Kind { opened, filled, gone, back, ended };
  struct Message {
    std::shared_ptr<Live> live;
    Kind kind;
    PacketSlab slab;
    LiveProblem problem;
  };
  struct PendingRead {
    Napi::Promise::Deferred settled;
    Napi::ObjectReference memory;
  };

  void start(const Napi::Object& owner) {
    messages_ = Messages::New(env_, "nfstream live", 0, 1);
    // What tells of memory that has run out can't ask for some.
    opened_ = std::make_unique<Message>(Message{shared_from_this(), Kind::opened, {}, {}});
    ended_ = std::make_unique<Message>(Message{shared_from_this(), Kind::ended, {}, {}});
    if (!capture_.start()) {
      opened_.reset();
      ended_.reset();
      messages_.Release();
      over_ = true;
      problem_ = LiveProblem{"ERR_NFSTREAM_READ", "", "No thread could be started to capture packets."};
      settle_opening(problem_);
      return;
    }
    started_ = true;
    owner_ = Napi::Persistent(owner);
    // Hooks run last first: this one, added after the thread-safe function, ends the thread before that function closes.
    ::napi_add_env_cleanup_hook(env_, end_thread, this);
  }

  static void receive(Napi::Env env, Napi::Function, std::nullptr_t*, Message* message) {
    const std::unique_ptr<Message> own(message);
    if (env == nullptr) return;  // the environment ended first, and end_thread() ran
    const Napi::HandleScope scope(env);
    message->live->take(*message);
  }

  void send(std::unique_ptr<Message> message) {
    if (messages_.NonBlockingCall(message.get()) == napi_ok) (void)message.release();
  }

  void take(const Message& message) {
    switch (message.kind) {
      case Kind::opened: settle_opening({}); return;
      case Kind::filled: {
        capture_.acknowledge();
        Napi::Object result = Napi::Object::New(env_);
        result.Set("status", "packets");
        result.Set("count", static_cast<double>(message.slab.count));
        result.Set("firstNumber", static_cast<double>(message.slab.first_number));
        settle(result);
        return;
      }
      case Kind::gone: changed({problem_object(env_, message.problem), env_.Null()}); return;
      case Kind::back: changed({env_.Null(), Napi::String::New(env_, message.problem.device)}); return;
      case Kind::ended: break;
    }
    capture_.join();
    ::napi_remove_env_cleanup_hook(env_, end_thread, this);
    messages_.Release();
    over_ = true;
    started_ = false;
    settle_opening(problem_);
    settle_ended();
    for (const Napi::Promise::Deferred& closing : closing_) closing.Resolve(env_.Undefined());
    closing_.clear();
    owner_.Unref();
  }

  // A function that the object has, instead of one that is referred to from here: that would hold the object for ever.
  void changed(const std::initializer_list<napi_value>& what) {
    const Napi::Value listener = owner_.Value().Get("changed");
    if (listener.IsFunction()) listener.As<Napi::Function>().Call(what);
  }

  // A deferred is gone once it was resolved.
  void settle_opening(const std::optional<LiveProblem>& problem) {
    if (opening_) opening_->Resolve(problem_object(env_, problem));
    opening_.reset();
  }

  void settle(const Napi::Value& value) {
    reads_.front().settled.Resolve(value);
    reads_.pop_front();
  }

  void settle_ended() {
    while (!reads_.empty()) {
      Napi::Object result = Napi::Object::New(env_);
      result.Set("status", "end");
      result.Set("count", 0);
      result.Set("firstNumber", 0);
      result.Set("problem", problem_object(env_, problem_));
      settle(result);
    }
  }

  static void end_thread(void* data) {
    auto* self = static_cast<Live*>(data);
    self->capture_.cancel();
    self->capture_.join();
  }

  using Messages = Napi::TypedThreadSafeFunction<std::nullptr_t, Message, receive>;

  Napi::Env env_;
  LiveCapture capture_;
  Messages messages_;
  std::unique_ptr<Message> opened_;
  std::unique_ptr<Message> ended_;
  std::deque<PendingRead> reads_;
  std::optional<Napi::Promise::Deferred> opening_;
  std::vector<Napi::Promise::Deferred> closing_;
  Napi::ObjectReference owner_;
  std::optional<LiveProblem> problem_;
  bool started_ = false;
  bool over_ = false;
};

class NativeLive : public Napi::ObjectWrap<NativeLive> {
 public:
  explicit NativeLive(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeLive>(info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    LiveOptions options;
    const Napi::Array devices = given.Get("devices").As<Napi::Array>();
    for (uint32_t i = 0; i < devices.Length(); i++) options.devices.push_back(devices.Get(i).As<Napi::String>());
    options.filter = given.Get("filter").As<Napi::String>();
    options.promiscuous = given.Get("promiscuous").As<Napi::Boolean>();
    options.snapshot_length = given.Get("snapshotLength").As<Napi::Number>();
    options.buffer_size = given.Get("bufferSize").As<Napi::Number>();
    options.readers = given.Get("readers").As<Napi::Number>();
    options.immediate = given.Get("immediate").As<Napi::Boolean>();
    options.tunnels = static_cast<TunnelSet>(given.Get("tunnels").As<Napi::Number>().Uint32Value());
    options.count_fragments = given.Get("countFragments").As<Napi::Boolean>();
    options.all_ports = given.Get("allPorts").As<Napi::Boolean>();
    options.retry_ms = given.Get("retryMs").As<Napi::Number>();
    live_ = std::make_shared<Live>(info.Env(), std::move(options));
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeLive",
                       {InstanceMethod<&NativeLive::open>("open"), InstanceMethod<&NativeLive::read>("read"), InstanceMethod<&NativeLive::stop>("stop"),
                        InstanceMethod<&NativeLive::cancel>("cancel"), InstanceMethod<&NativeLive::closed>("closed"),
                        InstanceMethod<&NativeLive::counters>("counters"), InstanceMethod<&NativeLive::clock>("clock")});
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info) { return live_->open(info.This().As<Napi::Object>()); }

  Napi::Value read(const Napi::CallbackInfo& info) {
    Napi::ArrayBuffer memory = info[0].As<Napi::ArrayBuffer>();
    return live_->read(memory, slab_of(memory, info[1].As<Napi::Number>().Uint32Value(), 0));
  }

  void stop(const Napi::CallbackInfo&) { live_->capture().stop(); }
  void cancel(const Napi::CallbackInfo&) { live_->capture().cancel(); }
  Napi::Value closed(const Napi::CallbackInfo&) { return live_->closed(); }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    const std::vector<LiveCounters> counters = live_->capture().counters();
    Napi::Array result = Napi::Array::New(info.Env(), counters.size());
    for (uint32_t place = 0; place < counters.size(); place++) {
      const LiveCounters& counted = counters[place];
      Napi::Object told = Napi::Object::New(info.Env());
      told.Set("arrived", static_cast<double>(counted.arrived));
      told.Set("received", static_cast<double>(counted.received));
      told.Set("bytes", static_cast<double>(counted.bytes));
      told.Set("droppedByKernel", static_cast<double>(counted.dropped_by_kernel));
      told.Set("droppedByCredit", static_cast<double>(counted.dropped_by_credit));
      told.Set("away", counted.away);
      told.Set("returns", static_cast<double>(counted.returns));
      result.Set(place, told);
    }
    return result;
  }

  Napi::Value clock(const Napi::CallbackInfo& info) {
    const std::optional<int64_t> time = live_->capture().clock_ns();
    return time ? Napi::Number::New(info.Env(), static_cast<double>(*time) / 1e6) : info.Env().Null();
  }

  std::shared_ptr<Live> live_;
};

}  // namespace

Napi::Function define_live(Napi::Env env) { return NativeLive::define(env); }

Napi::Value interfaces(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::optional<std::vector<Interface>> listed = list_interfaces();
  if (!listed) throw coded_error(env, "ERR_NFSTREAM_READ", "The operating system does not list its network interfaces.");
  Napi::Array result = Napi::Array::New(env, listed->size());
  for (uint32_t i = 0; i < listed->size(); i++) {
    const Interface& each = (*listed)[i];
    Napi::Object told = Napi::Object::New(env);
    told.Set("name", each.name);
    told.Set("index", static_cast<double>(each.index));
    told.Set("up", each.up);
    told.Set("running", each.running);
    told.Set("loopback", each.loopback);
    told.Set("mac", each.mac);
    Napi::Array addresses = Napi::Array::New(env, each.addresses.size());
    for (uint32_t at = 0; at < each.addresses.size(); at++) addresses.Set(at, each.addresses[at]);
    told.Set("addresses", addresses);
    told.Set("received", static_cast<double>(each.counters.received));
    told.Set("sent", static_cast<double>(each.counters.sent));
    told.Set("dropped", static_cast<double>(each.counters.dropped));
    result.Set(i, told);
  }
  return result;
}

Napi::Value find_user(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = info[0].As<Napi::String>();
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> text(16 << 10);
  if (::getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr) return env.Null();
  Napi::Object user = Napi::Object::New(env);
  user.Set("uid", static_cast<double>(entry.pw_uid));
  user.Set("gid", static_cast<double>(entry.pw_gid));
  return user;
}

}  // namespace nfstream
