// Every column that the engine can fill: the names are the contract with lib/schema/fields.ts.
#pragma once

#include <cstddef>
#include <string>

namespace nfstream {

enum class ColumnType { integer, real, text };

enum class Column {
  id,
  expiration_id,
  export_reason,
  src_ip,
  src_mac,
  src_oui,
  src_port,
  dst_ip,
  dst_mac,
  dst_oui,
  dst_port,
  protocol,
  ip_version,
  vlan_id,
  tunnel_id,
  bidirectional_first_seen_ms,
  bidirectional_last_seen_ms,
  bidirectional_duration_ms,
  bidirectional_packets,
  bidirectional_bytes,
  src2dst_first_seen_ms,
  src2dst_last_seen_ms,
  src2dst_duration_ms,
  src2dst_packets,
  src2dst_bytes,
  dst2src_first_seen_ms,
  dst2src_last_seen_ms,
  dst2src_duration_ms,
  dst2src_packets,
  dst2src_bytes,
  start_time,
  end_time,
  application_name,
  application_pair,
  application_category_name,
  application_is_guessed,
  application_confidence,
  requested_server_name,
  client_fingerprint,
  server_fingerprint,
  user_agent,
  content_type,
  end_reason,
  // {bidirectional, src2dst, dst2src} x {min, mean, stddev, max} of sizes, the same of gaps, then their eight TCP flags.
  first_statistic,
  statistics_end = first_statistic + 48,
  count = statistics_end
};

struct ColumnInfo {
  std::string name;
  ColumnType type;
};

ColumnInfo column_info(Column column);

// What one of the statistics' columns tells.
struct Statistic {
  enum Kind { size, gap, flag } kind;
  int direction;  // 0 both, 1 source to destination, 2 back
  int which;      // min, mean, stddev, max; or the flag in nfstream's order
};
inline bool is_statistic(Column column) { return column >= Column::first_statistic && column < Column::statistics_end; }
Statistic statistic_of(Column column);

// The column of this name, or Column::count.
Column column_by_name(const std::string& name);

}  // namespace nfstream
