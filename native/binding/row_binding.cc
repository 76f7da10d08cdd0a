#include "binding/row_binding.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "binding/flow_error.h"
#include "engine/rows/row_writer.h"

namespace nfstream {

namespace {

std::string bytes_of(const Napi::Value& value) {
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

std::vector<bool> flags_of(const Napi::Value& value) {
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<bool> flags(array.Length());
  for (uint32_t i = 0; i < flags.size(); i++) flags[i] = array.Get(i).ToBoolean();
  return flags;
}

RowForm form_of(const Napi::Object& told) {
  RowForm form;
  form.json = told.Get("json").ToBoolean();
  const Napi::Array before = told.Get("before").As<Napi::Array>();
  for (uint32_t i = 0; i < before.Length(); i++) form.before.push_back(bytes_of(before.Get(i)));
  form.plain = flags_of(told.Get("plain"));
  form.as_text = flags_of(told.Get("asText"));
  form.null = bytes_of(told.Get("null"));
  form.end = bytes_of(told.Get("end"));
  for (const char byte : bytes_of(told.Get("special"))) form.special[static_cast<uint8_t>(byte)] = true;
  form.quoted_lists = told.Get("quotedLists").As<Napi::Number>().Uint32Value();
  form.escape_formulas = told.Get("escapeFormulas").ToBoolean();
  return form;
}

const uint8_t* validity(const Napi::Value& valid, size_t& count) {
  if (!valid.IsTypedArray()) return nullptr;
  const Napi::Uint8Array bytes = valid.As<Napi::Uint8Array>();
  count = bytes.ByteLength();
  return bytes.Data();
}

size_t value_size(RowType type) {
  switch (type) {
    case RowType::text:
    case RowType::list8: return 1;
    case RowType::list32: return 4;
    default: return 8;
  }
}

RowColumn column_of(const Napi::Object& told) {
  RowColumn column;
  column.valid = validity(told.Get("valid"), column.valid_count);
  const std::string type = told.Get("type").As<Napi::String>();
  Napi::TypedArray values;
  if (type == "text") {
    column.type = RowType::text;
    const Napi::Int32Array offsets = told.Get("offsets").As<Napi::Int32Array>();
    column.offsets = offsets.Data();
    column.offset_count = offsets.ElementLength();
    values = told.Get("bytes").As<Napi::TypedArray>();
  } else if (type == "list") {
    values = told.Get("items").As<Napi::TypedArray>();
    column.type = values.ElementSize() == 1 ? RowType::list8 : values.ElementSize() == 4 ? RowType::list32 : RowType::list64;
    column.items = told.Get("size").As<Napi::Number>().Uint32Value();
  } else {
    column.type = type == "int" ? RowType::int64 : RowType::float64;
    values = told.Get("values").As<Napi::TypedArray>();
  }
  // Memory that threads share is no ArrayBuffer, but has an address all the same.
  void* data = nullptr;
  size_t elements = 0;
  if (napi_get_typedarray_info(values.Env(), values, nullptr, &elements, &data, nullptr, nullptr) != napi_ok) elements = 0;
  column.values = data;
  column.value_count = elements * values.ElementSize() / value_size(column.type);
  return column;
}

// What has the memory of the columns, to be kept while they are read.
Napi::Object memory_of(const Napi::Array& columns) {
  Napi::Array all = Napi::Array::New(columns.Env());
  for (uint32_t i = 0; i < columns.Length(); i++) {
    const Napi::Object column = columns.Get(i).As<Napi::Object>();
    for (const char* part : {"valid", "offsets", "bytes", "items", "values"}) {
      const Napi::Value memory = column.Get(part);
      if (memory.IsTypedArray()) all.Set(all.Length(), memory);
    }
  }
  return all;
}

class NativeRowWriter : public Napi::ObjectWrap<NativeRowWriter> {
 public:
  explicit NativeRowWriter(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeRowWriter>(info), writer_(form_of(info[0].As<Napi::Object>())) {}

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeRowWriter",
                       {InstanceMethod<&NativeRowWriter::write>("write"), InstanceMethod<&NativeRowWriter::write_beside>("writeBeside")});
  }

 private:
  class Writing;

  struct Rows {
    std::vector<RowColumn> columns;
    size_t from;
    size_t to;
  };

  Rows rows_of(const Napi::CallbackInfo& info) {
    if (busy_) throw Napi::Error::New(info.Env(), "rows are being written");
    const Napi::Array told = info[0].As<Napi::Array>();
    Rows rows{{}, info[1].As<Napi::Number>().Uint32Value(), info[2].As<Napi::Number>().Uint32Value()};
    if (told.Length() != writer_.column_count()) throw Napi::RangeError::New(info.Env(), "the rows have other columns than the file");
    for (uint32_t i = 0; i < told.Length(); i++) {
      rows.columns.push_back(column_of(told.Get(i).As<Napi::Object>()));
      if (rows.from > rows.to || !rows.columns.back().has_rows(rows.from, rows.to))
        throw Napi::RangeError::New(info.Env(), "a column has not as many rows as it should");
    }
    return rows;
  }

  Napi::Value write(const Napi::CallbackInfo& info) {
    const Rows rows = rows_of(info);
    try {
      return buffer_of(info.Env(), writer_.write(rows.columns, rows.from, rows.to));
    } catch (const std::bad_alloc&) {
      throw no_memory(info.Env());
    }
  }

  Napi::Value write_beside(const Napi::CallbackInfo& info);

  static Napi::Value buffer_of(Napi::Env env, std::string_view text) {
    return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }

  static Napi::Error no_memory(Napi::Env env) { return coded_error(env, "ERR_NFSTREAM_MEMORY", "There is no memory left to write the flows as text."); }

  RowWriter writer_;
  bool busy_ = false;
};

// Rows that are written in the pool. The writer and the columns' memory are held until the promise is settled.
class NativeRowWriter::Writing : public Napi::AsyncWorker {
 public:
  Writing(NativeRowWriter& owner, Rows rows, const Napi::Object& memory)
      : Napi::AsyncWorker(memory.Env()), owner_(owner), rows_(std::move(rows)), memory_(Napi::Persistent(memory)), writer_(Napi::Persistent(owner.Value())),
        deferred_(Napi::Promise::Deferred::New(memory.Env())) {
    owner_.busy_ = true;
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { text_ = owner_.writer_.write(rows_.columns, rows_.from, rows_.to); }
  void OnOK() override {
    owner_.busy_ = false;
    try {
      deferred_.Resolve(buffer_of(Env(), text_));
    } catch (const Napi::Error&) {
      deferred_.Reject(no_memory(Env()).Value());
    }
  }
  // All that can be thrown is that there is no memory.
  void OnError(const Napi::Error&) override {
    owner_.busy_ = false;
    deferred_.Reject(no_memory(Env()).Value());
  }

 private:
  NativeRowWriter& owner_;
  Rows rows_;
  Napi::ObjectReference memory_;
  Napi::ObjectReference writer_;
  Napi::Promise::Deferred deferred_;
  std::string_view text_;
};

Napi::Value NativeRowWriter::write_beside(const Napi::CallbackInfo& info) {
  auto* writing = new Writing(*this, rows_of(info), memory_of(info[0].As<Napi::Array>()));
  const Napi::Promise promise = writing->promise();
  writing->Queue();
  return promise;
}

}  // namespace

Napi::Function define_row_writer(Napi::Env env) { return NativeRowWriter::define(env); }

}  // namespace nfstream
