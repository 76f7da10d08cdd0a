// A column as JavaScript has it, by whose memory a row's value is found. Nothing about its lengths is trusted.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream {

enum class RowType : uint8_t { int64, float64, text, list8, list32, list64 };

struct RowColumn {
  RowType type = RowType::int64;
  const void* values = nullptr;  // integers, floats, items of lists, or the bytes of texts
  size_t value_count = 0;
  const int32_t* offsets = nullptr;  // of texts: row i is from offsets[i] to offsets[i + 1]
  size_t offset_count = 0;
  const uint8_t* valid = nullptr;  // one byte a row, 0 for null; none where every row has a value
  size_t valid_count = 0;
  size_t items = 0;  // of each list

  // Whether rows `from` to `to` (exclusive) are there.
  bool has_rows(size_t from, size_t to) const {
    if (valid != nullptr && valid_count < to) return false;
    if (type == RowType::text) {
      if (offset_count <= to || offsets[from] < 0) return false;
      for (size_t row = from; row < to; row++) {
        if (offsets[row] > offsets[row + 1]) return false;
      }
      return static_cast<size_t>(offsets[to]) <= value_count;
    }
    if (type == RowType::int64 || type == RowType::float64) return value_count >= to;
    return items == 0 || value_count / items >= to;
  }
  bool is_null(size_t row) const { return valid != nullptr && valid[row] == 0; }
};

}  // namespace nfstream
