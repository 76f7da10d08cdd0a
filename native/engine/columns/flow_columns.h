// Ended flows as columns, until JavaScript takes them: 64-bit numbers, text as offsets and UTF-8 bytes, lists of one length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/columns/column.h"

namespace nfstream {

class FlowColumns {
 public:
  // `names` gives applications and categories their names; null when nothing is dissected.
  FlowColumns(const std::vector<const Column*>& columns, const ColumnFormat& format, const RecordLayout& layout, const Dissector* names, size_t max_rows,
              size_t max_bytes);

  bool full() const { return rows_ >= max_rows_ || bytes_ >= max_bytes_; }
  size_t rows() const { return rows_; }
  // Only while it is not full.
  void append(uint64_t id, const FlowRecord& flow, EndReason reason);
  void clear();

  struct Part {
    ColumnType type;     // never `time`
    const void* values;  // rows 64-bit values, rows lists, or rows + 1 32-bit offsets of text
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
  enum class Cell : uint8_t { integer, time, real, text, iso, list };

  // What filling a cell needs stands together: a run has cells by the million.
  struct Storage {
    Cell cell;
    bool nullable;
    ColumnType type;  // as it is stored
    int argument;
    bool (*present)(const FlowView& view, int argument);
    int64_t (*integer)(const FlowView& view, int argument);
    double (*real)(const FlowView& view, int argument);
    // Room for a whole batch, which begins as it is: a cell is written without a look at how much there is, and before it is read.
    std::unique_ptr<int64_t[]> integers;
    std::unique_ptr<double[]> reals;
    std::unique_ptr<int32_t[]> offsets;
    std::unique_ptr<uint8_t[]> valid;
    std::string bytes;  // of text, or of lists
    const Column* column;
  };

  Storage storage_for(const Column& column) const;
  void append_nothing(Storage& storage, size_t row) const;
  // Without a view, a null.
  void append_list(Storage& storage, const FlowView* view) const;

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
