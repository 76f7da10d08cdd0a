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

FlowColumns::FlowColumns(const std::vector<const Column*>& columns, const ColumnFormat& format, const RecordLayout& layout, const Dissector* names,
                         size_t max_rows, size_t max_bytes)
    : format_(format), layout_(layout), names_(names), max_rows_(max_rows), max_bytes_(max_bytes) {
  for (const Column* column : columns) {
    columns_.push_back(storage_for(*column));
    const Storage& storage = columns_.back();
    row_bytes_ += (storage.nullable ? 1 : 0) + (storage.type == ColumnType::text ? 4
                                                : item_bytes(storage.type) == 0  ? 8
                                                                                 : format.splt * item_bytes(storage.type));
  }
}

FlowColumns::Storage FlowColumns::storage_for(const Column& column) const {
  Storage storage{};
  storage.column = &column;
  storage.argument = column.argument;
  storage.present = column.present;
  storage.integer = column.integer;
  storage.real = column.real;
  storage.type = stored_type(column, format_.timestamps);
  const bool time = column.type == ColumnType::time;
  const bool zero_instead = time && format_.timestamps == Timestamps::integers && !column.never_zero;
  storage.nullable = column.present != nullptr && !zero_instead;
  if (column.present != nullptr) storage.valid.reset(new uint8_t[max_rows_]);
  switch (storage.type) {
    case ColumnType::time:
    case ColumnType::integer:
      storage.cell = time ? Cell::time : Cell::integer;
      storage.integers.reset(new int64_t[max_rows_]);
      break;
    case ColumnType::real:
      storage.cell = Cell::real;
      storage.reals.reset(new double[max_rows_]);
      break;
    case ColumnType::text:
      storage.cell = time ? Cell::iso : Cell::text;
      storage.offsets.reset(new int32_t[max_rows_ + 1]);
      storage.offsets[0] = 0;
      break;
    default: storage.cell = Cell::list;
  }
  return storage;
}

// A null, or the zero that stands for none.
inline void FlowColumns::append_nothing(Storage& storage, size_t row) const {
  if (storage.offsets != nullptr) storage.offsets[row + 1] = storage.offsets[row];
  else if (storage.integers != nullptr) storage.integers[row] = 0;
  else if (storage.reals != nullptr) storage.reals[row] = 0;
  else append_list(storage, nullptr);
}

void FlowColumns::append(uint64_t id, const FlowRecord& flow, EndReason reason) {
  const FlowView view{flow, reason, id, layout_, format_, names_};
  const size_t row = rows_;
  const auto end_text = [&](Storage& storage) {
    const auto end = static_cast<int32_t>(storage.bytes.size());
    storage.offsets[row + 1] = end;
    bytes_ += static_cast<size_t>(end - storage.offsets[row]);
  };
  for (Storage& storage : columns_) {
    if (storage.present != nullptr) {
      const bool present = storage.present(view, storage.argument);
      storage.valid[row] = present ? 1 : 0;
      if (!present) {
        append_nothing(storage, row);
        continue;
      }
    }
    // Most cells are numbers.
    if (storage.cell == Cell::integer) {
      storage.integers[row] = storage.integer(view, storage.argument);
      continue;
    }
    switch (storage.cell) {
      case Cell::integer: break;
      case Cell::time: storage.integers[row] = in_unit(storage.integer(view, storage.argument), format_.unit); break;
      case Cell::real: storage.reals[row] = storage.real(view, storage.argument); break;
      case Cell::text:
        storage.column->text(view, storage.argument, storage.bytes);
        end_text(storage);
        break;
      case Cell::iso:
        append_iso(storage.bytes, storage.integer(view, storage.argument), format_.unit);
        end_text(storage);
        break;
      case Cell::list: append_list(storage, &view);
    }
  }
  rows_++;
  bytes_ += row_bytes_;
}

void FlowColumns::append_list(Storage& storage, const FlowView* view) const {
  const size_t size = format_.splt * item_bytes(storage.type);
  storage.bytes.append(size, '\xff');
  if (view != nullptr) storage.column->list(*view, storage.argument, &storage.bytes[storage.bytes.size() - size]);
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
  const uint8_t* valid = storage.nullable ? storage.valid.get() : nullptr;
  switch (storage.type) {
    case ColumnType::time:
    case ColumnType::integer: return {storage.type, storage.integers.get(), rows_ * 8, nullptr, 0, valid};
    case ColumnType::real: return {storage.type, storage.reals.get(), rows_ * 8, nullptr, 0, valid};
    case ColumnType::text: return {storage.type, storage.offsets.get(), (rows_ + 1) * 4, storage.bytes.data(), storage.bytes.size(), valid};
    default: return {storage.type, storage.bytes.data(), storage.bytes.size(), nullptr, 0, valid};
  }
}

}  // namespace nfstream
