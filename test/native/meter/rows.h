// Ended flows as text, for the meter's tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/columns/column_table.h"
#include "engine/meter/meter_group.h"

inline std::vector<const nfstream::Column*> columns_named(const std::vector<std::string>& names) {
  std::vector<const nfstream::Column*> columns;
  for (const std::string& name : names) {
    CAPTURE(name);
    columns.push_back(nfstream::find_column(name));
    REQUIRE(columns.back() != nullptr);
  }
  return columns;
}

// These columns, without labels.
inline nfstream::MeterOptions options_with(const std::vector<std::string>& names) {
  nfstream::MeterOptions options;
  options.dissections = 0;
  options.columns = columns_named(names);
  return options;
}

// The same, of flows that are never idle.
inline nfstream::MeterOptions endless(const std::vector<std::string>& names) {
  nfstream::MeterOptions options = options_with(names);
  options.idle_timeout_ms = nfstream::no_timeout;
  return options;
}

template <class Item>
std::string list_text(const void* items, size_t row, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; i++) text += (i == 0 ? "" : " ") + std::to_string(static_cast<const Item*>(items)[row * size + i]);
  return "[" + text + "]";
}

// One cell: `null`, a number, a text, or a list in brackets.
inline std::string cell(const nfstream::FlowColumns& columns, size_t column, size_t row, size_t list_size) {
  using nfstream::ColumnType;
  const nfstream::FlowColumns::Part part = columns.part(column);
  if (part.valid != nullptr && part.valid[row] == 0) return "null";
  switch (part.type) {
    case ColumnType::integer: return std::to_string(static_cast<const int64_t*>(part.values)[row]);
    case ColumnType::real: return std::to_string(static_cast<const double*>(part.values)[row]);
    case ColumnType::text: {
      const auto* offsets = static_cast<const int32_t*>(part.values);
      return std::string(part.text + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row]));
    }
    case ColumnType::list8: return list_text<int8_t>(part.values, row, list_size);
    case ColumnType::list32: return list_text<int32_t>(part.values, row, list_size);
    case ColumnType::list64: return list_text<int64_t>(part.values, row, list_size);
    default: return "?";
  }
}

using TextRows = std::vector<std::vector<std::string>>;

// Feeds a batch, ends all flows, and gives every row.
inline TextRows rows_of(const nfstream::MeterOptions& options, const nfstream::PacketBatchView& batch,
                        const std::vector<nfstream::Dissector*>& dissectors = {nullptr}) {
  nfstream::MeterGroup meter(options, dissectors);
  TextRows rows;
  const auto take = [&] {
    nfstream::FlowColumns& output = meter.output();
    for (size_t row = 0; row < output.rows(); row++) {
      rows.emplace_back();
      for (size_t column = 0; column < output.size(); column++) rows.back().push_back(cell(output, column, row, options.format.splt));
    }
    output.clear();
  };
  for (nfstream::MeterStatus status; (status = meter.feed({batch})) != nfstream::MeterStatus::done; take()) REQUIRE(status == nfstream::MeterStatus::full);
  while (meter.flush() == nfstream::MeterStatus::full) take();
  take();
  return rows;
}
