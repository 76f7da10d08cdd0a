#include "engine/rows/row_writer.h"

#include <algorithm>
#include <cstring>

#include "engine/rows/number_text.h"

namespace nfstream {

namespace {

constexpr char hex[] = "0123456789abcdef";
// A spreadsheet takes what begins like this for a formula.
constexpr std::string_view formula_starts = "=+-@\t\r";

int64_t item_of(const RowColumn& column, size_t at) {
  switch (column.type) {
    case RowType::list8: return static_cast<const int8_t*>(column.values)[at];
    case RowType::list32: return static_cast<const int32_t*>(column.values)[at];
    default: return static_cast<const int64_t*>(column.values)[at];
  }
}

// JavaScript can write to the offsets while they are read: what is beyond the bytes is no text.
std::string_view text_of(const RowColumn& column, size_t row) {
  const volatile int32_t* offsets = column.offsets + row;
  const auto from = static_cast<uint32_t>(offsets[0]);
  const auto to = static_cast<uint32_t>(offsets[1]);
  if (from > to || to > column.value_count) return {};
  return {static_cast<const char*>(column.values) + from, to - from};
}

char* put(char* at, std::string_view text) {
  if (text.size() == 1) {  // a delimiter, the end of a line
    *at = text[0];
    return at + 1;
  }
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// Of at most 6 bytes for each of the text, and 2.
char* put_json(char* at, std::string_view text) {
  *at++ = '"';
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20) {
      std::memcpy(at, "\\u00", 4);
      at[4] = hex[byte >> 4];
      at[5] = hex[byte & 15];
      at += 6;
      continue;
    }
    if (c == '"' || c == '\\') *at++ = '\\';
    *at++ = c;
  }
  *at++ = '"';
  return at;
}

}  // namespace

RowWriter::RowWriter(RowForm form) : form_(std::move(form)), most_of_rest_(form_.end.size()) {
  for (const std::string& before : form_.before) most_of_rest_ += before.size() + std::max(form_.null.size(), number_room + 2);
}

std::string_view RowWriter::write(const std::vector<RowColumn>& columns, size_t from, size_t to) {
  char* at = bytes_.get();
  for (size_t row = from; row < to; row++) {
    at = room(at, most_of_rest_);
    for (size_t i = 0; i < columns.size(); i++) {
      at = put(at, form_.before[i]);
      at = columns[i].is_null(row) ? put(at, form_.null) : put_cell(at, i, columns[i], row);
    }
    at = put(at, form_.end);
  }
  return {bytes_.get(), static_cast<size_t>(at - bytes_.get())};
}

// Where so many bytes more can be written.
char* RowWriter::room(char* at, size_t bytes) {
  const auto size = static_cast<size_t>(at - bytes_.get());
  if (bytes <= capacity_ - size) return at;
  const size_t capacity = std::max(2 * capacity_, size + bytes + (64 << 10));
  std::unique_ptr<char[]> grown(new char[capacity]);
  if (size > 0) std::memcpy(grown.get(), bytes_.get(), size);
  bytes_ = std::move(grown);
  capacity_ = capacity;
  return bytes_.get() + size;
}

// Behind a text or a list there is room for the rest of the row again.
char* RowWriter::put_cell(char* at, size_t index, const RowColumn& column, size_t row) {
  const bool as_text = form_.as_text[index];
  if (column.type == RowType::text) {
    const std::string_view text = text_of(column, row);
    if (form_.json) return put_json(room(at, 6 * text.size() + 2 + most_of_rest_), text);
    at = room(at, 2 * text.size() + 3 + most_of_rest_);
    return form_.plain[index] ? put(at, text) : put_csv(at, text);
  }
  if (column.type != RowType::int64 && column.type != RowType::float64) return put_list(at, column, row, as_text);
  if (as_text) *at++ = '"';
  at = column.type == RowType::int64 ? put_int(at, static_cast<const int64_t*>(column.values)[row])
                                     : put_float(at, static_cast<const double*>(column.values)[row]);
  if (as_text) *at++ = '"';
  return at;
}

// As Python prints a list in CSV, with a space behind each comma, which JSON goes without.
char* RowWriter::put_list(char* at, const RowColumn& column, size_t row, bool as_text) {
  const bool quoted = !form_.json && column.items >= form_.quoted_lists;
  at = room(at, column.items * (number_room + 4) + 4 + most_of_rest_);
  if (quoted) *at++ = '"';
  *at++ = '[';
  for (size_t i = 0; i < column.items; i++) {
    if (i > 0) *at++ = ',';
    if (i > 0 && !form_.json) *at++ = ' ';
    if (as_text) *at++ = '"';
    at = put_int(at, item_of(column, row * column.items + i));
    if (as_text) *at++ = '"';
  }
  *at++ = ']';
  if (quoted) *at++ = '"';
  return at;
}

char* RowWriter::put_csv(char* at, std::string_view text) const {
  if (text.empty()) return at;
  const bool formula = form_.escape_formulas && formula_starts.find(text[0]) != std::string_view::npos;
  const auto special = [this](char c) { return form_.special[static_cast<uint8_t>(c)]; };
  const bool quoted = (formula && special('\'')) || std::any_of(text.begin(), text.end(), special);
  if (quoted) *at++ = '"';
  if (formula) *at++ = '\'';
  if (!quoted) return put(at, text);
  for (const char c : text) {
    if (c == '"') *at++ = '"';
    *at++ = c;
  }
  *at++ = '"';
  return at;
}

}  // namespace nfstream
