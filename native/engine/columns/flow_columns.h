// Ended flows as columns, until JavaScript takes them: 64-bit numbers, text as offsets and UTF-8 bytes, lists of one length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/columns/column.h"

namespace nfstream {

class FlowColumns {
 public:
  // `names` gives applications and categories their names; null when nothing is dissected.
  FlowColumns(std::vector<const Column*> columns, const ColumnFormat& format, const RecordLayout& layout, const Dissector* names, size_t max_rows,
              size_t max_bytes);

  bool full() const { return rows_ >= max_rows_ || bytes_ >= max_bytes_; }
  size_t rows() const { return rows_; }
  // Only while it is not full.
  void append(uint64_t id, const FlowRecord& flow, EndReason reason);
  void clear();

  struct Part {
    ColumnType type;      // never `time`
    const void* values;   // rows 64-bit values, rows lists, or rows + 1 32-bit offsets of text
    size_t value_bytes;
    const char* text;
    size_t text_bytes;
    const uint8_t* valid;  // one byte a row, 0 for null; null for a column that has a value in every row
  };
  size_t size() const { return columns_.size(); }
  Part part(size_t column) const;
  // Every text that a column of a closed set can have; none for other columns.
  std::vector<std::string> closed_set(size_t column) const;

 private:
  struct Storage {
    const Column* column;
    ColumnType type;
    bool nullable;
    std::vector<int64_t> integers;
    std::vector<double> reals;
    std::vector<int32_t> offsets;
    std::string bytes;  // of text, or of lists
    std::vector<uint8_t> valid;
  };

  void append_cell(Storage& storage, const FlowView& view, bool present);
  void append_text(Storage& storage, const FlowView& view);

  std::vector<Storage> columns_;
  ColumnFormat format_;
  RecordLayout layout_;
  const Dissector* names_;
  size_t max_rows_;
  size_t max_bytes_;
  size_t rows_ = 0;
  size_t row_bytes_ = 0;  // of a row, without its texts
  size_t bytes_ = 0;
};

}  // namespace nfstream
