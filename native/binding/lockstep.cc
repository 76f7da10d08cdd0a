#include "binding/lockstep.h"

#include <new>

#include "binding/flow_error.h"

namespace nfstream {

namespace {

// A packet may end two flows more than the output has room for: the one that it cuts off, and one that makes room for a new one.
constexpr size_t more_than_full = 8;

Napi::Error no_memory(Napi::Env env) { return coded_error(env, "ERR_NFSTREAM_MEMORY", "There is no memory left for the flow table. Lower capacity or idleTimeout."); }

}  // namespace

Lockstep::Lockstep(Napi::Env env, std::shared_ptr<Engine> engine) : engine_(std::move(engine)), room_(engine_->options.max_rows + more_than_full) {
  const Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, offsetof(SharedStep, list) + room_ * sizeof(SharedStep::Ended));
  memory_ = Napi::Reference<Napi::ArrayBuffer>::New(memory, 1);
  step_ = static_cast<SharedStep*>(const_cast<Napi::ArrayBuffer&>(memory).Data());
  scratch_.resize(engine_->options.columns.size());
}

void Lockstep::begin(const Napi::CallbackInfo& info) {
  const auto data = info[0].As<Napi::Uint8Array>();
  const auto records = info[1].As<Napi::Uint8Array>();
  if (reinterpret_cast<uintptr_t>(records.Data()) % alignof(PacketRecord) != 0) {
    throw coded_error(info.Env(), "ERR_NFSTREAM_BATCH_TYPE", "The packet records of a batch must begin at a multiple of 8 bytes.");
  }
  batch_memory_[0] = Napi::Persistent(data.As<Napi::Object>());
  batch_memory_[1] = Napi::Persistent(records.As<Napi::Object>());
  batch_.data = data.Data();
  batch_.data_size = data.ByteLength();
  batch_.records = reinterpret_cast<const PacketRecord*>(records.Data());
  batch_.count = records.ByteLength() / sizeof(PacketRecord);
  batch_.source = number_for(info[2].As<Napi::String>());
  next_ = 0;
}

Napi::Value Lockstep::next(Napi::Env env) {
  SteppedPacket stepped{};
  bool told = false;
  MeterStatus status;
  try {
    status = meter().step(batch_, next_, stepped, told);
  } catch (const std::bad_alloc&) {
    status = MeterStatus::no_memory;
  }
  if (status == MeterStatus::no_memory) throw no_memory(env);
  tell_ended();
  if (told) {
    step_->index = static_cast<uint32_t>(stepped.index);
    step_->flow = stepped.flow;
    step_->direction = static_cast<uint32_t>(stepped.direction);
    step_->size = stepped.size;
    step_->opened = stepped.opened ? 1 : 0;
    step_->since_ns = stepped.since_ns;
    tell_counters(meter().record(stepped.flow));
  }
  return Napi::Number::New(env, status == MeterStatus::full ? 2 : told ? 1 : 0);
}

Napi::Value Lockstep::flush(Napi::Env env) {
  const MeterStatus status = meter().flush();
  tell_ended();
  return Napi::Number::New(env, status == MeterStatus::full ? 2 : 0);
}

Napi::Value Lockstep::drain(Napi::Env env) {
  const MeterStatus status = engine_->meters->drain();
  return Napi::Number::New(env, status == MeterStatus::full ? 2 : status == MeterStatus::enough ? 3 : 0);
}

void Lockstep::look(const Napi::CallbackInfo& info) { tell_counters(meter().record(flow_of(info, 0))); }

Napi::Value Lockstep::value(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t column = info[0].As<Napi::Number>().Uint32Value();
  if (column >= scratch_.size()) throw coded_error(env, "ERR_NFSTREAM_COLUMN", "There is no such column.");
  const auto reason = static_cast<EndReason>(info[2].As<Napi::Number>().Uint32Value() % static_cast<uint32_t>(EndReason::count));
  FlowColumns& row = scratch(column);
  row.clear();
  row.append(0, meter().as_it_is(flow_of(info, 1)), reason);
  const FlowColumns::Part part = row.part(0);
  if (part.valid != nullptr && part.valid[0] == 0) return env.Null();
  const auto list = [&](const auto* items, size_t bytes) -> Napi::Value {
    const size_t count = bytes / sizeof *items;
    Napi::Array array = Napi::Array::New(env, count);
    for (size_t i = 0; i < count; i++) array.Set(static_cast<uint32_t>(i), static_cast<double>(items[i]));
    return array;
  };
  switch (part.type) {
    case ColumnType::real: return Napi::Number::New(env, static_cast<const double*>(part.values)[0]);
    case ColumnType::text: return Napi::String::New(env, static_cast<const char*>(part.text), part.text_bytes);
    case ColumnType::list8: return list(static_cast<const int8_t*>(part.values), part.value_bytes);
    case ColumnType::list32: return list(static_cast<const int32_t*>(part.values), part.value_bytes);
    case ColumnType::list64: return list(static_cast<const int64_t*>(part.values), part.value_bytes);
    default: {
      const int64_t integer = static_cast<const int64_t*>(part.values)[0];
      if (info[3].ToBoolean()) return Napi::BigInt::New(env, integer);
      return Napi::Number::New(env, static_cast<double>(integer));
    }
  }
}

Napi::Value Lockstep::expire(const Napi::CallbackInfo& info) {
  const bool done = meter().expire_stepped(flow_of(info, 0), info[1].As<Napi::Number>().Int32Value(), info[2].ToBoolean());
  if (!done) throw no_memory(info.Env());
  return info.Env().Undefined();
}

void Lockstep::unwatch(const Napi::CallbackInfo& info) { meter().unwatch(flow_of(info, 0)); }

void Lockstep::tell_ended() {
  size_t count = 0;
  const EndedFlow* first = meter().newly_ended(count);
  for (size_t i = 0; i < count && i < room_; i++) step_->list[i] = {first[i].flow, static_cast<uint32_t>(first[i].reason)};
  step_->ended = static_cast<uint32_t>(count);
}

void Lockstep::tell_counters(const FlowRecord& flow) {
  for (int direction = 0; direction < 2; direction++) {
    step_->packets[direction] = static_cast<double>(flow.packets[direction]);
    step_->bytes[direction] = static_cast<double>(flow.bytes[direction]);
    step_->first_ns[direction] = flow.first_ns[direction];
    step_->last_ns[direction] = flow.last_ns[direction];
  }
}

uint32_t Lockstep::flow_of(const Napi::CallbackInfo& info, size_t argument) const {
  const uint32_t flow = info[argument].As<Napi::Number>().Uint32Value();
  if (!meter().has(flow)) throw coded_error(info.Env(), "ERR_NFSTREAM_NATIVE", "There is no such flow.");
  return flow;
}

FlowColumns& Lockstep::scratch(size_t column) {
  if (scratch_[column] == nullptr) {
    const MeterOptions& options = engine_->options;
    const Dissector* names = engine_->dissectors.empty() ? nullptr : engine_->dissectors[0].get();
    scratch_[column] = std::make_unique<FlowColumns>(std::vector<const Column*>{options.columns[column]}, options.format, meter().layout(), names, 1, SIZE_MAX);
  }
  return *scratch_[column];
}

}  // namespace nfstream
