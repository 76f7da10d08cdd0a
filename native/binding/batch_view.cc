#include "binding/batch_view.h"

#include <cstdint>

#include "binding/engine_state.h"
#include "binding/flow_error.h"

namespace nfstream {

namespace {

void add_origins(PacketBatchView& batch, const Napi::Object& origins, std::vector<Napi::ObjectReference>& memory) {
  Napi::Float64Array numbers = origins.Get("numbers").As<Napi::Float64Array>();
  Napi::BigUint64Array sources = origins.Get("sources").As<Napi::BigUint64Array>();
  batch.origins = reinterpret_cast<const PacketOrigin*>(numbers.Data());
  batch.origin_count = numbers.ByteLength() / sizeof(PacketOrigin);
  batch.sources = sources.Data();
  batch.source_count = sources.ElementLength();
  memory.push_back(Napi::Persistent(numbers.As<Napi::Object>()));
  memory.push_back(Napi::Persistent(sources.As<Napi::Object>()));
}

}  // namespace

void require_aligned(Napi::Env env, const Napi::Uint8Array& records) {
  if (reinterpret_cast<uintptr_t>(records.Data()) % alignof(PacketRecord) == 0) return;
  throw coded_error(env, "ERR_NFSTREAM_BATCH_TYPE", "The packet records of a batch must begin at a multiple of 8 bytes.");
}

PacketBatchView view_of(const Napi::Uint8Array& data, const Napi::Uint8Array& records, const Napi::Value& source, std::vector<Napi::ObjectReference>& memory) {
  PacketBatchView batch;
  if (source.IsString()) batch.source = number_for(source.As<Napi::String>());
  else add_origins(batch, source.As<Napi::Object>(), memory);
  batch.data = data.Data();
  batch.data_size = data.ByteLength();
  batch.records = reinterpret_cast<const PacketRecord*>(records.Data());
  batch.count = records.ByteLength() / sizeof(PacketRecord);
  memory.push_back(Napi::Persistent(data.As<Napi::Object>()));
  memory.push_back(Napi::Persistent(records.As<Napi::Object>()));
  return batch;
}

}  // namespace nfstream
