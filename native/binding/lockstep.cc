#include "binding/lockstep.h"

#include <algorithm>
#include <new>
#include <string>

#include "binding/batch_view.h"
#include "binding/engine_step.h"
#include "binding/flow_error.h"

namespace nfstream {

namespace {

constexpr size_t most_told = 1024;

// What the engine cannot go on without is told as such, also where it is thrown.
template <typename Call>
MeterStatus guarded(Napi::Env env, Call call) {
  MeterStatus status;
  try {
    status = call();
  } catch (const std::bad_alloc&) {
    status = MeterStatus::no_memory;
  }
  if (status == MeterStatus::no_memory)
    throw coded_error(env, "ERR_NFSTREAM_MEMORY", "There is no memory left for the flow table. Lower capacity or idleTimeout.");
  return status;
}

bool needs_name(const Column& column) { return (column.tracks & only(Track::identity)) != 0; }

}  // namespace

Lockstep::Lockstep(Napi::Env env, std::shared_ptr<Engine> engine, const Napi::Array& columns)
    : engine_(std::move(engine)), meter_(&engine_->meters->only()), room_(std::min(most_told, engine_->options.max_rows + 1)) {
  Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, offsetof(SharedStep, list) + room_ * sizeof(SharedStep::Ended));
  memory_ = Napi::Reference<Napi::ArrayBuffer>::New(memory, 1);
  step_ = static_cast<SharedStep*>(memory.Data());
  const MeterOptions& options = engine_->options;
  const TrackSet kept = tracks_for(options).tracks;
  const FactMask facts = options.dissections > 0 ? facts_of(options.columns) : 0;
  const Dissector* names = engine_->dissectors.empty() ? nullptr : engine_->dissectors[0].get();
  for (uint32_t i = 0; i < columns.Length(); i++) {
    const Napi::Object given = columns.Get(i).As<Napi::Object>();
    const std::string name = given.Get("name").As<Napi::String>();
    Asked asked{engine_->column_named(name), given.Get("bigint").ToBoolean(), false, given.Get("labelled").ToBoolean(), nullptr};
    if (asked.column == nullptr) throw coded_error(env, "ERR_NFSTREAM_COLUMN", "The engine has no column named " + name + ".");
    const bool dissected = asked.labelled && options.dissections == 0;
    if ((asked.column->tracks & ~kept) != 0 || (asked.column->facts & ~facts) != 0 || dissected)
      throw coded_error(env, "ERR_NFSTREAM_COLUMN", "The engine does not keep what " + name + " tells.");
    asked.named = needs_name(*asked.column);
    asked.labelled = asked.labelled || (asked.column->tracks & (only(Track::client_hello) | only(Track::piece))) != 0;
    asked.row = std::make_unique<FlowColumns>(std::vector<const Column*>{asked.column}, options.format, meter().layout(), names, 1, SIZE_MAX);
    asked_.push_back(std::move(asked));
  }
}

void Lockstep::begin(const Napi::CallbackInfo& info) {
  const auto data = info[0].As<Napi::Uint8Array>();
  const auto records = info[1].As<Napi::Uint8Array>();
  require_aligned(info.Env(), records);
  batch_memory_.clear();
  guarded(info.Env(), [&] { return meter().exchange_processes() ? MeterStatus::done : MeterStatus::no_memory; });
  meter().begin(view_of(data, records, info[2], batch_memory_));
}

Napi::Value Lockstep::next(Napi::Env env) {
  SteppedPacket stepped{};
  bool told = false;
  const MeterStatus status = guarded(env, [&] { return meter().step(stepped, told); });
  tell_ended();
  if (told) tell_packet(stepped);
  return Napi::Number::New(env, status == MeterStatus::full ? 2 : told ? 1 : 0);
}

Napi::Value Lockstep::flush(Napi::Env env) {
  const MeterStatus status = guarded(env, [&] { return meter().flush(); });
  tell_ended();
  return Napi::Number::New(env, status == MeterStatus::full ? 2 : 0);
}

Napi::Value Lockstep::expire_by(const Napi::CallbackInfo& info) {
  const MeterStatus status = guarded(info.Env(), [&] { return meter().expire(info[0].As<Napi::Number>().Int64Value()); });
  tell_ended();
  return Napi::Number::New(info.Env(), status == MeterStatus::full ? 2 : 0);
}

Napi::Value Lockstep::snapshot(Napi::Env env, bool active, size_t most) {
  std::vector<uint32_t> slots;
  const MeterStatus status = guarded(env, [&] { return engine_->meters->snapshot(active, most, &slots); });
  Napi::Uint32Array told = Napi::Uint32Array::New(env, slots.size());
  std::copy(slots.begin(), slots.end(), told.Data());
  Napi::Object result = Napi::Object::New(env);
  result.Set("full", status == MeterStatus::full);
  result.Set("slots", told);
  result.Set("threshold", engine_->meters->threshold());
  return result;
}

Napi::Value Lockstep::drain(Napi::Env env, bool all) {
  const MeterStatus status = guarded(env, [&] { return engine_->meters->drain(all); });
  return step_result(env, status, *engine_->meters);
}

Napi::Value Lockstep::value(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t column = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t flow = info[1].As<Napi::Number>().Uint32Value();
  if (column >= asked_.size() || !meter().has(flow)) throw coded_error(env, "ERR_NFSTREAM_NATIVE", "There is no such column or flow.");
  const Asked& asked = asked_[column];
  const auto reason = static_cast<EndReason>(info[2].As<Napi::Number>().Uint32Value() % static_cast<uint32_t>(EndReason::count));
  FlowColumns& row = *asked.row;
  row.clear();
  guarded(env, [&] {
    row.append(static_cast<uint64_t>(info[3].As<Napi::Number>().Int64Value()), meter().as_it_is(flow, asked.named, asked.labelled), reason);
    return MeterStatus::done;
  });
  const FlowColumns::Part part = row.part(0);
  if (part.valid != nullptr && part.valid[0] == 0) return env.Null();
  const auto list = [&](const auto* items) -> Napi::Value {
    const size_t count = part.value_bytes / sizeof *items;
    Napi::Array array = Napi::Array::New(env, count);
    for (size_t i = 0; i < count; i++) array.Set(static_cast<uint32_t>(i), static_cast<double>(items[i]));
    return array;
  };
  switch (part.type) {
    case ColumnType::real: return Napi::Number::New(env, static_cast<const double*>(part.values)[0]);
    case ColumnType::text: return Napi::String::New(env, part.text, part.text_bytes);
    case ColumnType::list8: return list(static_cast<const int8_t*>(part.values));
    case ColumnType::list32: return list(static_cast<const int32_t*>(part.values));
    case ColumnType::list64: return list(static_cast<const int64_t*>(part.values));
    default: {
      const int64_t integer = static_cast<const int64_t*>(part.values)[0];
      if (asked.bigint) return Napi::BigInt::New(env, integer);
      return Napi::Number::New(env, static_cast<double>(integer));
    }
  }
}

void Lockstep::expire(const Napi::CallbackInfo& info) {
  const int32_t reason = info[0].As<Napi::Number>().Int32Value();
  const bool ignore_rest = info[1].ToBoolean();
  guarded(info.Env(), [&] { return meter().expire_stepped(reason, ignore_rest); });
  tell_ended();
}

void Lockstep::list_ended() {
  size_t count = 0;
  const EndedFlow* first = meter().newly_ended(room_, count);
  for (size_t i = 0; i < count; i++) step_->list[i] = {first[i].flow, static_cast<uint32_t>(first[i].reason)};
  step_->ended = static_cast<uint32_t>(count);
  step_->more = meter().has_newly_ended() ? 1 : 0;
}

void Lockstep::tell_packet(const SteppedPacket& stepped) {
  step_->index = static_cast<uint32_t>(stepped.index);
  step_->flow = stepped.flow;
  step_->direction = static_cast<uint32_t>(stepped.direction);
  step_->size = stepped.size;
  step_->opened = stepped.opened ? 1 : 0;
  const FlowRecord& flow = meter().record(stepped.flow);
  for (int direction = 0; direction < 2; direction++) {
    step_->packets[direction] = static_cast<double>(flow.packets[direction]);
    step_->bytes[direction] = static_cast<double>(flow.bytes[direction]);
  }
  step_->time_ns = stepped.time_ns;
  step_->before_ns = stepped.before_ns;
  step_->time_ms = static_cast<double>(in_unit(stepped.time_ns, TimeUnit::us)) / 1000;
  step_->delta_ms = static_cast<double>(to_ms(stepped.time_ns) - to_ms(stepped.before_ns));
}

}  // namespace nfstream
