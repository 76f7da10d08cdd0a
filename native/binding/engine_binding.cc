#include "binding/engine_binding.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "binding/flow_error.h"
#include "engine/columns/column_table.h"
#include "engine/columns/metric_columns.h"
#include "engine/dissect/module.h"
#include "engine/meter/meter_group.h"

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

// A number for a name: FNV-1a.
uint64_t number_for(const std::string& name) {
  uint64_t number = 0xcbf29ce484222325;
  for (const char byte : name) number = (number ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return number;
}

TcpExpiry expiry_of(const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  return name == "fin" ? TcpExpiry::fin : name == "rst" ? TcpExpiry::rst : TcpExpiry::none;
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

// The words of a program; a BigInt64Array that may be empty.
std::vector<int64_t> program_of(const Napi::Value& value) {
  const auto words = value.As<Napi::BigInt64Array>();
  return std::vector<int64_t>(words.Data(), words.Data() + words.ElementLength());
}

// The run's metrics; null without any.
std::shared_ptr<const MetricSet> metrics_of(const Napi::Env& env, const Napi::Array& given) {
  if (given.Length() == 0) return nullptr;
  auto metrics = std::make_shared<MetricSet>();
  for (uint32_t i = 0; i < given.Length(); i++) {
    const Napi::Object metric = given.Get(i).As<Napi::Object>();
    if (!metrics->add(metric.Get("aggregate").As<Napi::Number>().Int64Value(), program_of(metric.Get("value")), program_of(metric.Get("where")))) {
      throw coded_error(env, "ERR_NFSTREAM_EXPRESSION", "The engine can't run metric " + std::to_string(i) + ".");
    }
  }
  return metrics;
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

// Everything that a step touches. It is shared with the worker, so that it outlives a NativeEngine that is collected meanwhile.
struct Engine {
  MeterOptions options;
  std::vector<Column> metric_columns;
  std::string module_path;
  std::string protocols_file;
  std::string categories_file;
  size_t meter_count = 1;
  std::vector<DissectorModule::Handle> dissectors;
  std::unique_ptr<MeterGroup> meters;
  bool busy = false;
};

enum class StepKind { open, feed, flush };

class Step : public Napi::AsyncWorker {
 public:
  Step(Napi::Env env, std::shared_ptr<Engine> engine, StepKind kind)
      : Napi::AsyncWorker(env), engine_(std::move(engine)), deferred_(Napi::Promise::Deferred::New(env)), kind_(kind) {
    engine_->busy = true;
  }

  // The memory of a batch must stay while a worker reads it.
  void add_batch(Napi::Uint8Array data, Napi::Uint8Array records, const std::string& source) {
    PacketBatchView batch;
    batch.source = number_for(source);
    batch.data = data.Data();
    batch.data_size = data.ByteLength();
    batch.records = reinterpret_cast<const PacketRecord*>(records.Data());
    batch.count = records.ByteLength() / sizeof(PacketRecord);
    batches_.push_back(batch);
    memory_.push_back(Napi::Persistent(data.As<Napi::Object>()));
    memory_.push_back(Napi::Persistent(records.As<Napi::Object>()));
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    switch (kind_) {
      case StepKind::open: return open();
      case StepKind::feed: status_ = engine_->meters->feed(batches_); break;
      case StepKind::flush: status_ = engine_->meters->flush(); break;
    }
    if (status_ == MeterStatus::no_memory) fail("ERR_NFSTREAM_MEMORY", "There is no memory left for the flow table. Lower capacity or idleTimeout.");
  }

  void OnOK() override {
    engine_->busy = false;
    Napi::Object result = Napi::Object::New(Env());
    result.Set("full", status_ == MeterStatus::full);
    result.Set("enough", status_ == MeterStatus::enough);
    result.Set("rows", static_cast<double>(engine_->meters->output().rows()));
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error& error) override {
    engine_->busy = false;
    deferred_.Reject(coded_error(Env(), code_, error.Message()).Value());
  }

 private:
  void fail(const std::string& code, const std::string& text) {
    code_ = code;
    SetError(text);
  }

  // An engine that has done a run begins another with an empty table, and keeps the dissectors that have learnt nothing.
  void open() {
    engine_->meters.reset();
    if (engine_->options.dissections > 0) {
      DissectorModule module;
      if (!module.load(engine_->module_path)) return fail(module.code(), module.text());
      DissectorOptions options;
      options.facts = facts_of(engine_->options.columns);
      if (!engine_->protocols_file.empty()) options.protocols_file = engine_->protocols_file.c_str();
      if (!engine_->categories_file.empty()) options.categories_file = engine_->categories_file.c_str();
      auto& dissectors = engine_->dissectors;
      const auto spent = [](DissectorModule::Handle& dissector) { return !dissector->renew(); };
      dissectors.erase(std::remove_if(dissectors.begin(), dissectors.end(), spent), dissectors.end());
      while (dissectors.size() < engine_->meter_count) {
        DissectorModule::Handle dissector = module.create(options);
        if (dissector == nullptr) return fail(module.code(), module.text());
        dissectors.push_back(std::move(dissector));
      }
    }
    std::vector<Dissector*> dissectors(engine_->meter_count, nullptr);
    for (size_t i = 0; i < engine_->dissectors.size(); i++) dissectors[i] = engine_->dissectors[i].get();
    engine_->meters = std::make_unique<MeterGroup>(engine_->options, dissectors);
  }

  std::shared_ptr<Engine> engine_;
  Napi::Promise::Deferred deferred_;
  StepKind kind_;
  std::vector<PacketBatchView> batches_;
  MeterStatus status_ = MeterStatus::done;
  std::string code_ = "ERR_NFSTREAM_MEMORY";  // what is thrown on the way is std::bad_alloc
  std::vector<Napi::ObjectReference> memory_;
};

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
    options.activity_timeout_ns = nanoseconds_of(given.Get("activityTimeoutMs"));
    options.format = format_of(given);
    options.accounting = static_cast<Accounting>(given.Get("accounting").As<Napi::Number>().Uint32Value() & 3);
    options.max_rows = given.Get("maxRows").As<Napi::Number>().Uint32Value();
    options.max_bytes = given.Get("maxBytes").As<Napi::Number>().Uint32Value();
    options.format.metrics = metrics_of(info.Env(), given.Get("metrics").As<Napi::Array>());
    if (options.format.metrics != nullptr) engine_->metric_columns = metric_columns(*options.format.metrics);
    const Napi::Array names = given.Get("columns").As<Napi::Array>();
    for (uint32_t i = 0; i < names.Length(); i++) {
      const std::string name = names.Get(i).As<Napi::String>();
      const Column* column = column_named(name);
      if (column == nullptr) throw coded_error(info.Env(), "ERR_NFSTREAM_COLUMN", "The engine has no column named " + name + ".");
      options.columns.push_back(column);
    }
    engine_->module_path = given.Get("dissectorModule").As<Napi::String>();
    engine_->protocols_file = given.Get("protocolsFile").As<Napi::String>();
    engine_->categories_file = given.Get("categoriesFile").As<Napi::String>();
  }

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeEngine",
                       {InstanceMethod<&NativeEngine::open>("open"), InstanceMethod<&NativeEngine::feed>("feed"), InstanceMethod<&NativeEngine::flush>("flush"),
                        InstanceMethod<&NativeEngine::take>("take"), InstanceMethod<&NativeEngine::closed_sets>("closedSets"), InstanceMethod<&NativeEngine::counters>("counters"),
                        InstanceMethod<&NativeEngine::close>("close")});
  }

 private:
  const Column* column_named(const std::string& name) const {
    for (const Column& column : engine_->metric_columns) {
      if (column.name == name) return &column;
    }
    return find_column(name);
  }

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
    engine_->options.first_id = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
    const double max_flows = info[1].As<Napi::Number>().DoubleValue();
    engine_->options.max_flows = max_flows < 9e15 ? static_cast<uint64_t>(max_flows) : UINT64_MAX;
    return start(new Step(info.Env(), engine_, StepKind::open));
  }

  Napi::Value feed(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    const Napi::Array batches = info[0].As<Napi::Array>();
    const Napi::Array sources = info[1].As<Napi::Array>();
    for (uint32_t i = 1; i < batches.Length(); i += 2) {
      if (reinterpret_cast<uintptr_t>(batches.Get(i).As<Napi::Uint8Array>().Data()) % alignof(PacketRecord) != 0) {
        throw coded_error(info.Env(), "ERR_NFSTREAM_BATCH_TYPE", "The packet records of a batch must begin at a multiple of 8 bytes.");
      }
    }
    auto* step = new Step(info.Env(), engine_, StepKind::feed);
    for (uint32_t i = 1; i < batches.Length(); i += 2) {
      step->add_batch(batches.Get(i - 1).As<Napi::Uint8Array>(), batches.Get(i).As<Napi::Uint8Array>(), sources.Get(i / 2).As<Napi::String>());
    }
    return start(step);
  }

  Napi::Value flush(const Napi::CallbackInfo& info) {
    require_open(info.Env());
    return start(new Step(info.Env(), engine_, StepKind::flush));
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
    const MeterCounters counters = engine_->meters->counters();
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
    result.Set("tableBytes", static_cast<double>(engine_->meters->bytes_held()));
    return result;
  }

  // A step under way keeps the engine until it is done.
  void close(const Napi::CallbackInfo& info) {
    if (engine_ == nullptr) return;
    if (!engine_->busy) (new Disposal(info.Env(), std::move(engine_)))->Queue();
    engine_.reset();
  }

  std::shared_ptr<Engine> engine_;
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

Napi::Value dissector_version(const Napi::CallbackInfo& info) {
  DissectorModule module;
  if (!module.load(info[0].As<Napi::String>())) throw coded_error(info.Env(), module.code(), module.text());
  return Napi::String::New(info.Env(), module.version());
}

}  // namespace nfstream
