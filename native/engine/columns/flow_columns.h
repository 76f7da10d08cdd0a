// Ended flows as columns, until JavaScript takes them: 64-bit numbers, and text as offsets and UTF-8 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/columns/column_table.h"
#include "engine/dissect/dissector.h"
#include "engine/table/flow_record.h"

namespace nfstream {

// Why a flow ended: in words, as nfstream's expiration_id and as the first releases' export_reason.
const char* end_reason(EndReason reason);
int expiration_id(EndReason reason);
int export_reason(EndReason reason);

class FlowColumns {
 public:
  // `names` gives applications and categories their names; null when nothing is dissected.
  FlowColumns(std::vector<Column> columns, size_t max_rows, size_t max_bytes, const Dissector* names);

  bool full() const { return rows_ >= max_rows_ || bytes_ >= max_bytes_; }
  size_t rows() const { return rows_; }
  void append(uint64_t id, const FlowRecord& flow, EndReason reason);
  void clear();

  struct Part {
    ColumnType type;
    const void* values;  // rows 64-bit values, or rows + 1 32-bit offsets of text
    size_t value_bytes;
    const char* text;
    size_t text_bytes;
  };
  size_t size() const { return columns_.size(); }
  Part part(size_t column) const;

 private:
  struct Storage {
    Column column;
    ColumnType type;
    std::vector<int64_t> integers;
    std::vector<double> reals;
    std::vector<int32_t> offsets;
    std::string text;
  };

  static int64_t integer(Column column, uint64_t id, const FlowRecord& flow, EndReason reason);
  static double real(Column column, const FlowRecord& flow);
  void text(Column column, const FlowRecord& flow, EndReason reason, std::string& out) const;
  void application(const FlowRecord& flow, bool always_both, std::string& out) const;

  std::vector<Storage> columns_;
  size_t max_rows_;
  size_t max_bytes_;
  const Dissector* names_;
  size_t rows_ = 0;
  size_t bytes_ = 0;
};

}  // namespace nfstream
