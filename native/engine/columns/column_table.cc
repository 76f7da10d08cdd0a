#include "engine/columns/column_table.h"

namespace nfstream {

const std::vector<Column>& column_table() {
  static const std::vector<Column> table = [] {
    std::vector<Column> all;
    for (const auto& part : {core_columns, statistics_columns, splt_columns, label_columns, identity_columns, profile_columns, fact_columns, tls_columns,
                             ssh_columns, tcp_columns, header_columns, process_columns, piece_columns, increment_columns, cic_columns}) {
      for (Column& column : part()) all.push_back(std::move(column));
    }
    return all;
  }();
  return table;
}

const Column* find_column(const std::string& name) {
  for (const Column& column : column_table()) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

TrackSet tracks_of(const std::vector<const Column*>& columns) {
  TrackSet all = no_track;
  for (const Column* column : columns) all |= column->tracks;
  return all;
}

FactMask facts_of(const std::vector<const Column*>& columns) {
  FactMask all = 0;
  for (const Column* column : columns) all |= column->facts;
  return all;
}

}  // namespace nfstream
