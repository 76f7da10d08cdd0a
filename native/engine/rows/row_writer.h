// Rows of columns as CSV or JSON, byte for byte as lib/encode/csv.ts and lib/encode/json.ts write them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rows/row_column.h"

namespace nfstream {

// What a format writes between the values.
struct RowForm {
  bool json = false;
  std::vector<std::string> before;  // each column's value: a delimiter, a key
  std::vector<bool> plain;          // columns whose texts have nothing to quote or to escape
  std::vector<bool> as_text;        // JSON: columns whose integers are strings
  std::string null;
  std::string end;  // of a row
  // CSV: bytes that make a text need quotes; lists that do, by how many items they have at least.
  std::array<bool, 256> special{};
  size_t quoted_lists = SIZE_MAX;
  bool escape_formulas = false;
};

class RowWriter {
 public:
  explicit RowWriter(RowForm form);

  size_t column_count() const { return form_.before.size(); }
  // Rows `from` to `to` (exclusive), which the columns have; there are as many columns as the form has. Valid until the next call; throws std::bad_alloc.
  std::string_view write(const std::vector<RowColumn>& columns, size_t from, size_t to);

 private:
  char* room(char* at, size_t bytes);
  char* put_cell(char* at, size_t index, const RowColumn& column, size_t row);
  char* put_list(char* at, const RowColumn& column, size_t row, bool as_text);
  char* put_csv(char* at, std::string_view text) const;

  RowForm form_;
  // Bytes of a row at most, without its texts and lists.
  size_t most_of_rest_ = 0;
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
};

}  // namespace nfstream
