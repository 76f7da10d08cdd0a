#include "binding/engine_binding.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "binding/batch_view.h"
#include "binding/engine_state.h"
#include "binding/engine_step.h"
#include "binding/flow_error.h"
#include "binding/given_metrics.h"
#include "binding/lockstep.h"
#include "engine/columns/column_table.h"
#include "engine/columns/entropy.h"
#include "engine/columns/metric_columns.h"

namespace nfstream {

namespace {

// A timeout in milliseconds; Infinity is never.
int64_t timeout_of(const Napi::Value& value) {
  const double ms = value.As<Napi::Number>().DoubleValue();
  return ms < 9e15 ? static_cast<int64_t>(std::llround(ms)) : no_timeout;
}

int64_t nanoseconds_of(const Napi::Value& ms) {
  const int64_t whole = timeout_of(ms);
  return whole < INT64_MAX / 1000000 ? whole * 1000000 : no_timeout;
}

TcpExpiry expiry_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  return name == "fin" ? TcpExpiry::fin : name == "rst" ? TcpExpiry::rst : name == "cicflowmeter" ? TcpExpiry::cicflowmeter : TcpExpiry::none;
}

// A number of flows; Infinity is all.
size_t most_of(const Napi::Value& value) {
  const double most = value.As<Napi::Number>().DoubleValue();
  return most < 9e15 ? static_cast<size_t>(most) : SIZE_MAX;
}

// How values are told.
ColumnFormat format_of(const Napi::Object& given) {
  const std::string unit = given.Get("timeUnit").As<Napi::String>();
  const std::string timestamps = given.Get("timestamps").As<Napi::String>();
  ColumnFormat format;
  format.unit = unit == "ns" ? TimeUnit::ns : unit == "us" ? TimeUnit::us : TimeUnit::ms;
  format.timestamps = timestamps == "iso" ? Timestamps::iso : timestamps == "arrow" ? Timestamps::nullable : Timestamps::integers;
  format.splt = static_cast<uint16_t>(given.Get("splt").As<Napi::Number>().Uint32Value());
  format.payload = given.Get("payloadBytes").As<Napi::Number>().Uint32Value();
  format.entropy = given.Get("entropyBytes").As<Napi::Number>().Uint32Value();
  format.community_id_seed = static_cast<uint16_t>(given.Get("communityIdSeed").As<Napi::Number>().Uint32Value());
  return format;
}

const char* name_of(ColumnType type) {
  switch (type) {
    case ColumnType::integer: return "int";
    case ColumnType::real: return "float";
    case ColumnType::text: return "text";
    case ColumnType::time: return "time";
    case ColumnType::list8: return "int8 list";
    case ColumnType::list32: return "int32 list";
    case ColumnType::list64: return "int64 list";
  }
  return "";
}

// A flow table is freed away from the JavaScript thread: a million open flows take a while.
class Disposal : public Napi::AsyncWorker {
 public:
  Disposal(Napi::Env env, std::shared_ptr<Engine> engine) : Napi::AsyncWorker(env), engine_(std::move(engine)) {}

 protected:
  void Execute() override { engine_.reset(); }

 private:
  std::shared_ptr<Engine> engine_;
};

class NativeEngine : public Napi::ObjectWrap<NativeEngine> {
 public:
  explicit NativeEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeEngine>(info), engine_(std::make_shared<Engine>()) {
    const Napi::Object given = info[0].As<Napi::Object>();
    MeterOptions& options = engine_->options;
    options.idle_timeout_ms = timeout_of(given.Get("idleTimeoutMs"));
    options.active_timeout_ms = timeout_of(given.Get("activeTimeoutMs"));
    options.max_clock_step_ms = timeout_of(given.Get("maxClockStepMs"));
    options.tcp_expiry = expiry_of(given.Get("tcpExpiry"));
    options.tcp_linger_ms = timeout_of(given.Get("tcpLingerMs"));
    options.capacity = static_cast<size_t>(given.Get("capacity").As<Napi::Number>().DoubleValue());
    options.dissections = given.Get("dissections").As<Napi::Number>().Uint32Value();
    engine_->meter_count = given.Get("meters").As<Napi::Number>().Uint32Value();
    options.dissect_beside = given.Get("dissectBeside").As<Napi::Boolean>();
    options.activity_timeout_ns = nanoseconds_of(given.Get("activityTimeoutMs"));
    options.freeze_after = static_cast<uint64_t>(given.Get("freezeAfter").As<Napi::Number>().DoubleValue());
    options.format = format_of(given);
    options.accounting = static_cast<Accounting>(given.Get("accounting").As<Napi::Number>().Uint32Value() & 3);
    options.max_rows = given.Get("maxRows").As<Napi::Number>().Uint32Value();
    options.max_bytes = given.Get("maxBytes").As<Napi::Number>().Uint32Value();
    options.format.metrics = metrics_of(info.Env(), given.Get("metrics").As<Napi::Array>());
    if (options.format.metrics != nullptr) engine_->metric_columns = metric_columns(*options.format.metrics);
    const Napi::Array names = given.Get("columns").As<Napi::Array>();
    for (uint32_t i = 0; i < names.Length(); i++) {
      const std::string name = names.Get(i).As<Napi::String>();
      const Column* column = engine_->column_named(name);
      if (column == nullptr) throw coded_error(info.Env(), "ERR_NFSTREAM_COLUMN", "The engine has no column named " + name + ".");
      options.columns.push_back(column);
    }
    engine_->module_path = given.Get("dissectorModule").As<Napi::String>();
    engine_->protocols_file = given.Get("protocolsFile").As<Napi::String>();
    engine_->categories_file = given.Get("categoriesFile").As<Napi::String>();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeEngine",
                       {InstanceMethod<&NativeEngine::open>("open"),
                        InstanceMethod<&NativeEngine::feed>("feed"),
                        InstanceMethod<&NativeEngine::expire_by>("expireBy"),
                        InstanceMethod<&NativeEngine::snapshot>("snapshot"),
                        InstanceMethod<&NativeEngine::snapshot_some>("snapshotSome"),
                        InstanceMethod<&NativeEngine::flush>("flush"),
                        InstanceMethod<&NativeEngine::settle>("settle"),
                        InstanceMethod<&NativeEngine::take>("take"),
                        InstanceMethod<&NativeEngine::closed_sets>("closedSets"),
                        InstanceMethod<&NativeEngine::counters>("counters"),
                        InstanceMethod<&NativeEngine::close>("close"),
                        InstanceMethod<&NativeEngine::lockstep>("lockstep"),
                        InstanceMethod<&NativeEngine::begin>("begin"),
                        InstanceMethod<&NativeEngine::next>("next"),
                        InstanceMethod<&NativeEngine::flush_some>("flushSome"),
                        InstanceMethod<&NativeEngine::expire_some>("expireSome"),
                        InstanceMethod<&NativeEngine::more_ended>("moreEnded"),
                        InstanceMethod<&NativeEngine::drain>("drain"),
                        InstanceMethod<&NativeEngine::value>("value"),
                        InstanceMethod<&NativeEngine::expire>("expire"),
                        InstanceMethod<&NativeEngine::unwatch>("unwatch")});
  }

 private:
  void require_idle(Napi::Env env) const {
    if (engine_ == nullptr) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This engine is closed.");
    if (engine_->busy) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This engine is at work; it takes one step at a time.");
  }
  void require_open(Napi::Env env) const {
    require_idle(env);
    if (engine_->meters == nullptr) throw coded_error(env, "ERR_NFSTREAM_STAGE_REUSED", "This engine is not open.");
  }

  Napi::Value open(const Napi::CallbackInfo& info) {
    require_idle(info.Env());
    lockstep_.reset();
    engine_->options.first_id = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const double max_flows = info[1].As<Napi::Number>().DoubleValue();
    engine_->options.max_flows = max_flows < 9e15 ? static_cast<uint64_t>(max_flows) : UINT64_MAX;
    return start(new Step(info.Env(), engine_, StepKind::open));
  }

  Napi::Value feed(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    const Napi::Array batches = info[0].As<Napi::Array>();
    const Napi::Array sources = info[1].As<Napi::Array>();
    for (uint32_t i = 1; i < batches.Length(); i += 2) require_aligned(info.Env(), batches.Get(i).As<Napi::Uint8Array>());
    auto* step = new Step(info.Env(), engine_, StepKind::feed);
    for (uint32_t i = 1; i < batches.Length(); i += 2) {
      step->add_batch(batches.Get(i - 1).As<Napi::Uint8Array>(), batches.Get(i).As<Napi::Uint8Array>(), sources.Get(i / 2));
    }
    return start(step);
  }

  Napi::Value expire_by(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    auto* step = new Step(info.Env(), engine_, StepKind::expire);
    step->expire_at(info[0].As<Napi::Number>().Int64Value());
    return start(step);
  }

  Napi::Value snapshot(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    auto* step = new Step(info.Env(), engine_, StepKind::snapshot);
    if (info[0].As<Napi::Boolean>()) step->show_active(most_of(info[1]));
    return start(step);
  }

  Napi::Value flush(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    return start(new Step(info.Env(), engine_, StepKind::flush));
  }

  Napi::Value settle(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    return start(new Step(info.Env(), engine_, StepKind::settle));
  }

  static Napi::Value start(Step* step) {
    const Napi::Promise promise = step->promise();
    step->Queue();
    return promise;
  }

  // Copies the output into memory that V8 owns: each piece of a column at a multiple of 8 bytes.
  Napi::Value take(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    require_open(env);
    FlowColumns& output = engine_->meters->output();
    const size_t rows = output.rows();
    const auto padded = [](size_t bytes) { return (bytes + 7) & ~size_t{7}; };
    size_t total = 0;
    for (size_t i = 0; i < output.size(); i++) {
      const FlowColumns::Part part = output.part(i);
      total += padded(part.value_bytes) + padded(part.text_bytes) + (part.valid == nullptr ? 0 : padded(rows));
    }
    Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, total);
    Napi::Float64Array layout = Napi::Float64Array::New(env, 4 * output.size());
    auto* to = static_cast<uint8_t*>(memory.Data());
    size_t at = 0;
    const auto place = [&](const void* bytes, size_t size) {
      const size_t begin = at;
      if (size > 0) std::memcpy(to + at, bytes, size);
      at += padded(size);
      return static_cast<double>(begin);
    };
    for (size_t i = 0; i < output.size(); i++) {
      const FlowColumns::Part part = output.part(i);
      double* where = layout.Data() + 4 * i;
      where[0] = place(part.values, part.value_bytes);
      where[1] = part.type == ColumnType::text ? place(part.text, part.text_bytes) : -1;
      where[2] = static_cast<double>(part.text_bytes);
      where[3] = part.valid == nullptr ? -1 : place(part.valid, rows);
    }
    Napi::Object batch = Napi::Object::New(env);
    batch.Set("rows", static_cast<double>(rows));
    batch.Set("memory", memory);
    batch.Set("layout", layout);
    output.clear();
    return batch;
  }

  Napi::Value closed_sets(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    const FlowColumns& output = engine_->meters->output();
    Napi::Array sets = Napi::Array::New(info.Env(), output.size());
    for (size_t column = 0; column < output.size(); column++) {
      Napi::Array texts = Napi::Array::New(info.Env());
      for (const std::string& text : output.closed_set(column)) texts.Set(texts.Length(), text);
      sets.Set(static_cast<uint32_t>(column), texts);
    }
    return sets;
  }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    require_open(env);
    const RunCounters counters = engine_->meters->counters();
    const auto list = [&](const uint64_t* values, size_t count) {
      Napi::Array array = Napi::Array::New(env, count);
      for (size_t i = 0; i < count; i++) array.Set(static_cast<uint32_t>(i), static_cast<double>(values[i]));
      return array;
    };
    Napi::Object result = Napi::Object::New(env);
    result.Set("packets", static_cast<double>(counters.packets));
    result.Set("ignored", list(counters.ignored, static_cast<size_t>(IgnoreReason::count)));
    result.Set("flows", static_cast<double>(counters.flows));
    result.Set("endReasons", list(counters.ended, static_cast<size_t>(EndReason::count)));
    result.Set("openFlows", static_cast<double>(engine_->meters->open_flows()));
    result.Set("latePackets", static_cast<double>(counters.late_packets));
    result.Set("largestStepBackMs", static_cast<double>(counters.largest_step_back_ns) / 1e6);
    result.Set("firstLatePacket", static_cast<double>(counters.first_late_packet));
    for (const auto& [name, ns] : {std::pair{"firstClockNs", counters.first_clock_ns}, std::pair{"lastClockNs", counters.last_clock_ns}}) {
      if (ns == INT64_MIN) result.Set(name, env.Null());
      else result.Set(name, Napi::BigInt::New(env, ns));
    }
    result.Set("tableBytes", static_cast<double>(engine_->meters->bytes_held()));
    return result;
  }

  // Lockstep: the engine is called packet by packet on the JavaScript thread, by one caller that opened it and is at no other step. Each run has its own.
  Napi::Value lockstep(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    if (engine_->meter_count != 1) throw coded_error(info.Env(), "ERR_NFSTREAM_OPTION_RANGE", "Lockstep needs one meter.");
    lockstep_ = std::make_unique<Lockstep>(info.Env(), engine_, info[0].As<Napi::Array>());
    return lockstep_->shared();
  }
  Lockstep& in_lockstep(const Napi::CallbackInfo& info) const {
    if (lockstep_ == nullptr) throw coded_error(info.Env(), "ERR_NFSTREAM_STAGE_REUSED", "This engine is not in lockstep.");
    return *lockstep_;
  }
  void begin(const Napi::CallbackInfo& info) { in_lockstep(info).begin(info); }
  Napi::Value next(const Napi::CallbackInfo& info) { return in_lockstep(info).next(info.Env()); }
  Napi::Value flush_some(const Napi::CallbackInfo& info) { return in_lockstep(info).flush(info.Env()); }
  Napi::Value expire_some(const Napi::CallbackInfo& info) { return in_lockstep(info).expire_by(info); }
  Napi::Value snapshot_some(const Napi::CallbackInfo& info) { return in_lockstep(info).snapshot(info.Env(), info[0].As<Napi::Boolean>(), most_of(info[1])); }
  void more_ended(const Napi::CallbackInfo& info) { in_lockstep(info).more_ended(); }
  Napi::Value drain(const Napi::CallbackInfo& info) { return in_lockstep(info).drain(info.Env(), info[0].ToBoolean()); }
  Napi::Value value(const Napi::CallbackInfo& info) { return in_lockstep(info).value(info); }
  void expire(const Napi::CallbackInfo& info) { in_lockstep(info).expire(info); }
  void unwatch(const Napi::CallbackInfo& info) { in_lockstep(info).unwatch(); }

  // A step under way keeps the engine until it is done.
  void close(const Napi::CallbackInfo& info) {
    if (engine_ == nullptr) return;
    lockstep_.reset();
    if (!engine_->busy) (new Disposal(info.Env(), std::move(engine_)))->Queue();
    engine_.reset();
  }

  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Lockstep> lockstep_;
};

}  // namespace

Napi::Function define_engine(Napi::Env env) { return NativeEngine::define(env); }

Napi::Value list_columns(const Napi::CallbackInfo& info) {
  Napi::Array list = Napi::Array::New(info.Env());
  for (const Column& column : column_table()) {
    Napi::Object row = Napi::Object::New(info.Env());
    row.Set("name", column.name);
    row.Set("type", name_of(column.type));
    row.Set("nullable", column.present != nullptr);
    list.Set(list.Length(), row);
  }
  return list;
}

Napi::Value entropy(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
  return Napi::Number::New(info.Env(), bytes.ByteLength() == 0 ? 0 : entropy_of(bytes.Data(), static_cast<uint32_t>(bytes.ByteLength())));
}

Napi::Value source_numbers(const Napi::CallbackInfo& info) {
  const Napi::Array names = info[0].As<Napi::Array>();
  Napi::BigUint64Array numbers = Napi::BigUint64Array::New(info.Env(), names.Length());
  for (uint32_t i = 0; i < names.Length(); i++) numbers[i] = number_for(names.Get(i).As<Napi::String>());
  return numbers;
}

Napi::Value dissector_version(const Napi::CallbackInfo& info) {
  DissectorModule module;
  if (!module.load(info[0].As<Napi::String>())) throw coded_error(info.Env(), module.code(), module.text());
  return Napi::String::New(info.Env(), module.version());
}

}  // namespace nfstream
