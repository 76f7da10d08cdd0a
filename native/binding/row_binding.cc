#include "binding/row_binding.h"

#include <string>
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

class NativeRowWriter : public Napi::ObjectWrap<NativeRowWriter> {
 public:
  explicit NativeRowWriter(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeRowWriter>(info), writer_(form_of(info[0].As<Napi::Object>())) {}

  static Napi::Function define(Napi::Env env) { return DefineClass(env, "NativeRowWriter", {InstanceMethod<&NativeRowWriter::write>("write")}); }

 private:
  Napi::Value write(const Napi::CallbackInfo& info) {
    const Napi::Array told = info[0].As<Napi::Array>();
    const size_t from = info[1].As<Napi::Number>().Uint32Value();
    const size_t to = info[2].As<Napi::Number>().Uint32Value();
    if (told.Length() != writer_.column_count()) throw Napi::RangeError::New(info.Env(), "the rows have other columns than the file");
    columns_.clear();
    for (uint32_t i = 0; i < told.Length(); i++) {
      columns_.push_back(column_of(told.Get(i).As<Napi::Object>()));
      if (from > to || !columns_.back().has_rows(from, to)) throw Napi::RangeError::New(info.Env(), "a column has not as many rows as it should");
    }
    try {
      const std::string_view text = writer_.write(columns_, from, to);
      return Napi::Buffer<uint8_t>::Copy(info.Env(), reinterpret_cast<const uint8_t*>(text.data()), text.size());
    } catch (const std::bad_alloc&) {
      throw coded_error(info.Env(), "ERR_NFSTREAM_MEMORY", "There is no memory left to write the flows as text.");
    }
  }

  RowWriter writer_;
  std::vector<RowColumn> columns_;
};

}  // namespace

Napi::Function define_row_writer(Napi::Env env) { return NativeRowWriter::define(env); }

}  // namespace nfstream
