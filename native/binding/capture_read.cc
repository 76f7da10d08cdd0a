#include "binding/capture_read.h"

#include <cmath>
#include <limits>
#include <new>
#include <system_error>
#include <thread>

#include "binding/flow_error.h"

namespace nfstream {

namespace {

const char* name_of(ReadStatus status) {
  switch (status) {
    case ReadStatus::packets: return "packets";
    case ReadStatus::pending: return "pending";
    case ReadStatus::end: return "end";
    case ReadStatus::damaged: return "damaged";
    case ReadStatus::cancelled: break;
  }
  return "cancelled";
}

// What both ways to read have in common. The slab's memory is held until the promise is settled.
class Read {
 public:
  Read(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab)
      : capture_(std::move(capture)), slab_(slab), deferred_(Napi::Promise::Deferred::New(memory.Env())), memory_(Napi::Persistent(memory.As<Napi::Object>())) {
    capture_->busy = true;
  }
  Napi::Promise promise() const { return deferred_.Promise(); }
  Capture& capture() const { return *capture_; }

  // Without memory not even the damage can be told.
  void run() {
    try {
      status_ = capture_->reader.read(slab_);
    } catch (const std::bad_alloc&) {
      no_memory_ = true;
    }
  }

  void settle(Napi::Env env) {
    if (no_memory_) return fail(coded_error(env, "ERR_NFSTREAM_MEMORY", "There is no memory left to read the capture."));
    capture_->busy = false;
    Napi::Object result = Napi::Object::New(env);
    result.Set("status", name_of(status_));
    result.Set("count", static_cast<double>(slab_.count));
    result.Set("firstNumber", static_cast<double>(slab_.first_number));
    result.Set("firstOffset", static_cast<double>(slab_.first_offset));
    if (status_ == ReadStatus::damaged) result.Set("damage", damage_object(env, capture_->reader.damage()));
    deferred_.Resolve(result);
  }
  void fail(const Napi::Error& error) {
    capture_->busy = false;
    deferred_.Reject(error.Value());
  }

 private:
  std::shared_ptr<Capture> capture_;
  PacketSlab slab_;
  ReadStatus status_ = ReadStatus::cancelled;
  bool no_memory_ = false;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference memory_;
};

class PoolRead : public Napi::AsyncWorker {
 public:
  PoolRead(Napi::Env env, std::unique_ptr<Read> read) : Napi::AsyncWorker(env), read_(std::move(read)) {}

 protected:
  void Execute() override { read_->run(); }
  void OnOK() override { read_->settle(Env()); }
  void OnError(const Napi::Error& error) override { read_->fail(error); }

 private:
  std::unique_ptr<Read> read_;
};

class ThreadRead {
 public:
  static void start(Napi::Env env, std::unique_ptr<Read> read) {
    auto self = std::make_unique<ThreadRead>(env, std::move(read));
    try {
      self->thread_ = std::thread([raw = self.get()] {
        raw->read_->run();
        raw->done_.NonBlockingCall(raw);
      });
    } catch (const std::system_error& error) {
      self->read_->fail(coded_error(env, "ERR_NFSTREAM_READ", std::string("No thread could be started to read the input: ") + error.what() + "."));
      self->done_.Release();
      return;
    }
    // Hooks run last first: this one, added after the thread-safe function, ends the thread before that function closes.
    ::napi_add_env_cleanup_hook(env, end_thread, self.get());
    self.release();
  }

  ThreadRead(Napi::Env env, std::unique_ptr<Read> read) : read_(std::move(read)), done_(Done::New(env, "nfstream capture", 0, 1)) {}

 private:
  static void finish(Napi::Env env, Napi::Function, std::nullptr_t*, ThreadRead* finished) {
    const std::unique_ptr<ThreadRead> self(finished);
    if (self->thread_.joinable()) self->thread_.join();
    if (env == nullptr) return;  // the environment ended first, and end_thread() ran
    ::napi_remove_env_cleanup_hook(env, end_thread, finished);
    self->done_.Release();
    const Napi::HandleScope scope(env);
    self->read_->settle(env);
  }

  static void end_thread(void* data) {
    auto* self = static_cast<ThreadRead*>(data);
    self->read_->capture().input->cancel();
    self->thread_.join();
  }

  using Done = Napi::TypedThreadSafeFunction<std::nullptr_t, ThreadRead, finish>;

  std::unique_ptr<Read> read_;
  Done done_;
  std::thread thread_;
};

}  // namespace

PacketSlab slab_of(Napi::ArrayBuffer memory, size_t record_capacity, size_t beside) {
  const size_t record_bytes = record_capacity * sizeof(PacketRecord);
  const size_t tail_bytes = record_bytes + record_capacity * beside;
  if (memory.ByteLength() % alignof(PacketRecord) != 0 || tail_bytes > memory.ByteLength()) {
    throw coded_error(memory.Env(), "ERR_NFSTREAM_BATCH_TYPE", "A slab has a multiple of 8 bytes, and room for its records.");
  }
  PacketSlab slab;
  slab.data = static_cast<uint8_t*>(memory.Data());
  slab.data_size = memory.ByteLength() - tail_bytes;
  slab.records = reinterpret_cast<PacketRecord*>(slab.data + memory.ByteLength() - record_bytes);
  slab.record_capacity = record_capacity;
  return slab;
}

Napi::Object damage_object(Napi::Env env, const Damage& damage) {
  Napi::Object what = Napi::Object::New(env);
  what.Set("code", damage.code);
  what.Set("text", damage.text);
  what.Set("packet", static_cast<double>(damage.packet));
  what.Set("offset", static_cast<double>(damage.offset));
  return what;
}

Napi::Object counters_object(Napi::Env env, const CaptureCounters& counters) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("packets", static_cast<double>(counters.packets));
  result.Set("filtered", static_cast<double>(counters.filtered));
  result.Set("bytesIn", static_cast<double>(counters.bytes_in));
  result.Set("largestMs",
             counters.largest_ns == INT64_MIN ? -std::numeric_limits<double>::infinity() : std::floor(static_cast<double>(counters.largest_ns) / 1e6));
  return result;
}

Napi::Object notes_object(Napi::Env env, const CaptureNotes::Taken& notes) {
  Napi::Array interfaces = Napi::Array::New(env);
  for (const InterfaceNote& note : notes.interfaces) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("firstPacket", static_cast<double>(note.first_packet));
    one.Set("id", static_cast<double>(note.id));
    one.Set("snapshotLength", static_cast<double>(note.snapshot_length));
    one.Set("options", Napi::Buffer<uint8_t>::Copy(env, note.options.data(), note.options.size()));
    interfaces.Set(interfaces.Length(), one);
  }
  Napi::Array secrets = Napi::Array::New(env);
  for (const SecretsNote& note : notes.secrets) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("type", static_cast<double>(note.type));
    one.Set("data", Napi::Buffer<uint8_t>::Copy(env, note.data.data(), note.data.size()));
    secrets.Set(secrets.Length(), one);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("interfaces", interfaces);
  result.Set("secrets", secrets);
  result.Set("secretsLeftOut", static_cast<double>(notes.secrets_left_out));
  result.Set("unknownFrom", notes.unknown_from ? Napi::Number::New(env, static_cast<double>(*notes.unknown_from)) : env.Null());
  return result;
}

Napi::Promise read_in_pool(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab) {
  auto read = std::make_unique<Read>(std::move(capture), memory, slab);
  const Napi::Promise promise = read->promise();
  (new PoolRead(memory.Env(), std::move(read)))->Queue();
  return promise;
}

Napi::Promise read_on_thread(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab) {
  auto read = std::make_unique<Read>(std::move(capture), memory, slab);
  const Napi::Promise promise = read->promise();
  ThreadRead::start(memory.Env(), std::move(read));
  return promise;
}

}  // namespace nfstream
