#include "engine/columns/flow_columns.h"

#include "engine/columns/format.h"

namespace nfstream {

namespace {

size_t item_bytes(ColumnType type) {
  switch (type) {
    case ColumnType::list8: return 1;
    case ColumnType::list32: return 4;
    case ColumnType::list64: return 8;
    default: return 0;
  }
}

ColumnType stored_type(const Column& column, Timestamps timestamps) {
  if (column.type != ColumnType::time) return column.type;
  return timestamps == Timestamps::iso ? ColumnType::text : ColumnType::integer;
}

}  // namespace

FlowColumns::FlowColumns(std::vector<const Column*> columns, const ColumnFormat& format, const RecordLayout& layout, const Dissector* names, size_t max_rows,
                         size_t max_bytes)
    : format_(format), layout_(layout), names_(names), max_rows_(max_rows), max_bytes_(max_bytes) {
  for (const Column* column : columns) {
    Storage storage{};
    storage.column = column;
    storage.type = stored_type(*column, format.timestamps);
    const bool zero_instead = column->type == ColumnType::time && format.timestamps == Timestamps::integers && !column->never_zero;
    storage.nullable = column->present != nullptr && !zero_instead;
    // Room for a whole batch: a cell is written without a look at how much there is.
    if (storage.nullable) storage.valid.resize(max_rows);
    if (storage.type == ColumnType::integer) storage.integers.resize(max_rows);
    if (storage.type == ColumnType::real) storage.reals.resize(max_rows);
    if (storage.type == ColumnType::text) storage.offsets.resize(max_rows + 1);
    row_bytes_ += (storage.nullable ? 1 : 0) + (storage.type == ColumnType::text ? 4 : item_bytes(storage.type) == 0 ? 8 : format.splt * item_bytes(storage.type));
    columns_.push_back(std::move(storage));
  }
}

void FlowColumns::append(uint64_t id, const FlowRecord& flow, EndReason reason) {
  const FlowView view{flow, reason, id, layout_, format_, names_};
  for (Storage& storage : columns_) {
    const Column& column = *storage.column;
    const bool present = column.present == nullptr || column.present(view, column.argument);
    if (storage.nullable) storage.valid[rows_] = present ? 1 : 0;
    append_cell(storage, view, present);
  }
  rows_++;
  bytes_ += row_bytes_;
}

void FlowColumns::append_cell(Storage& storage, const FlowView& view, bool present) {
  const Column& column = *storage.column;
  switch (storage.type) {
    case ColumnType::time:
    case ColumnType::integer: {
      const int64_t value = present ? column.integer(view, column.argument) : 0;
      storage.integers[rows_] = column.type == ColumnType::time ? in_unit(value, format_.unit) : value;
      return;
    }
    case ColumnType::real: storage.reals[rows_] = present ? column.real(view, column.argument) : 0; return;
    case ColumnType::text: {
      const size_t before = storage.bytes.size();
      if (present) append_text(storage, view);
      storage.offsets[rows_ + 1] = static_cast<int32_t>(storage.bytes.size());
      bytes_ += storage.bytes.size() - before;
      return;
    }
    default: {
      const size_t size = format_.splt * item_bytes(storage.type);
      storage.bytes.append(size, '\xff');
      if (present) column.list(view, column.argument, &storage.bytes[storage.bytes.size() - size]);
    }
  }
}

void FlowColumns::append_text(Storage& storage, const FlowView& view) {
  const Column& column = *storage.column;
  if (column.type == ColumnType::time) append_iso(storage.bytes, column.integer(view, column.argument), format_.unit);
  else column.text(view, column.argument, storage.bytes);
}

void FlowColumns::clear() {
  for (Storage& storage : columns_) storage.bytes.clear();
  rows_ = 0;
  bytes_ = 0;
}

std::vector<std::string> FlowColumns::closed_set(size_t column) const {
  const Column& row = *columns_[column].column;
  return row.values == nullptr ? std::vector<std::string>() : row.values(names_);
}

FlowColumns::Part FlowColumns::part(size_t column) const {
  const Storage& storage = columns_[column];
  const uint8_t* valid = storage.nullable ? storage.valid.data() : nullptr;
  switch (storage.type) {
    case ColumnType::time:
    case ColumnType::integer: return {storage.type, storage.integers.data(), rows_ * 8, nullptr, 0, valid};
    case ColumnType::real: return {storage.type, storage.reals.data(), rows_ * 8, nullptr, 0, valid};
    case ColumnType::text: return {storage.type, storage.offsets.data(), (rows_ + 1) * 4, storage.bytes.data(), storage.bytes.size(), valid};
    default: return {storage.type, storage.bytes.data(), storage.bytes.size(), nullptr, 0, valid};
  }
}

}  // namespace nfstream
