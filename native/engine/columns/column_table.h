// Every column that the engine can fill: the names are the contract with lib/schema/fields.ts. One list for each kind of columns.
#pragma once

#include <string>
#include <vector>

#include "engine/columns/column.h"

namespace nfstream {

std::vector<Column> core_columns();
std::vector<Column> statistics_columns();
std::vector<Column> splt_columns();
std::vector<Column> label_columns();
std::vector<Column> identity_columns();
std::vector<Column> profile_columns();
std::vector<Column> fact_columns();
std::vector<Column> tls_columns();
std::vector<Column> ssh_columns();
std::vector<Column> tcp_columns();
std::vector<Column> header_columns();
std::vector<Column> process_columns();
std::vector<Column> piece_columns();
std::vector<Column> increment_columns();
std::vector<Column> cic_columns();

// All of them.
const std::vector<Column>& column_table();

// The column of this name, or null.
const Column* find_column(const std::string& name);

TrackSet tracks_of(const std::vector<const Column*>& columns);
FactMask facts_of(const std::vector<const Column*>& columns);

}  // namespace nfstream
