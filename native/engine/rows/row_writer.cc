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

std::string_view text_of(const RowColumn& column, size_t row) {
  const auto from = static_cast<size_t>(column.offsets[row]);
  return {static_cast<const char*>(column.values) + from, static_cast<size_t>(column.offsets[row + 1]) - from};
}

}  // namespace

std::string_view RowWriter::write(const std::vector<RowColumn>& columns, size_t from, size_t to) {
  size_ = 0;
  for (size_t row = from; row < to; row++) {
    for (size_t i = 0; i < columns.size(); i++) {
      put(form_.before[i]);
      if (columns[i].is_null(row)) {
        put(form_.null);
      } else {
        put_cell(i, columns[i], row);
      }
    }
    put(form_.end);
  }
  return {bytes_.get(), size_};
}

// Memory for more bytes; what is written there counts when size_ does.
char* RowWriter::room(size_t bytes) {
  if (bytes > capacity_ - size_) {
    const size_t capacity = std::max(2 * capacity_, size_ + bytes + (64 << 10));
    std::unique_ptr<char[]> grown(new char[capacity]);
    if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  return bytes_.get() + size_;
}

void RowWriter::put(std::string_view text) {
  char* to = room(text.size());
  std::copy(text.begin(), text.end(), to);
  size_ += text.size();
}

void RowWriter::put_cell(size_t index, const RowColumn& column, size_t row) {
  const bool as_text = form_.as_text[index];
  if (column.type == RowType::text) {
    const std::string_view text = text_of(column, row);
    if (form_.json) {
      put_json(text);
    } else if (form_.plain[index]) {
      put(text);
    } else {
      put_csv(text);
    }
    return;
  }
  if (column.type != RowType::int64 && column.type != RowType::float64) return put_list(column, row, as_text);
  char* const begin = room(number_room + 2);
  char* to = begin;
  if (as_text) *to++ = '"';
  to = column.type == RowType::int64 ? put_int(to, static_cast<const int64_t*>(column.values)[row])
                                     : put_float(to, static_cast<const double*>(column.values)[row]);
  if (as_text) *to++ = '"';
  size_ += static_cast<size_t>(to - begin);
}

// As Python prints a list in CSV, with a space behind each comma, which JSON goes without.
void RowWriter::put_list(const RowColumn& column, size_t row, bool as_text) {
  const bool quoted = !form_.json && column.items >= form_.quoted_lists;
  char* const begin = room(column.items * (number_room + 4) + 4);
  char* to = begin;
  if (quoted) *to++ = '"';
  *to++ = '[';
  for (size_t i = 0; i < column.items; i++) {
    if (i > 0) *to++ = ',';
    if (i > 0 && !form_.json) *to++ = ' ';
    if (as_text) *to++ = '"';
    to = put_int(to, item_of(column, row * column.items + i));
    if (as_text) *to++ = '"';
  }
  *to++ = ']';
  if (quoted) *to++ = '"';
  size_ += static_cast<size_t>(to - begin);
}

void RowWriter::put_csv(std::string_view text) {
  if (text.empty()) return;
  const bool formula = form_.escape_formulas && formula_starts.find(text[0]) != std::string_view::npos;
  const bool quoted = std::any_of(text.begin(), text.end(), [this](char c) { return form_.special[static_cast<uint8_t>(c)]; });
  char* const begin = room(2 * text.size() + 3);
  char* to = begin;
  if (quoted) *to++ = '"';
  if (formula) *to++ = '\'';
  for (const char c : text) {
    if (c == '"') *to++ = '"';
    *to++ = c;
  }
  if (quoted) *to++ = '"';
  size_ += static_cast<size_t>(to - begin);
}

void RowWriter::put_json(std::string_view text) {
  char* const begin = room(6 * text.size() + 2);
  char* to = begin;
  *to++ = '"';
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20) {
      std::memcpy(to, "\\u00", 4);
      to[4] = hex[byte >> 4];
      to[5] = hex[byte & 15];
      to += 6;
      continue;
    }
    if (c == '"' || c == '\\') *to++ = '\\';
    *to++ = c;
  }
  *to++ = '"';
  size_ += static_cast<size_t>(to - begin);
}

}  // namespace nfstream
