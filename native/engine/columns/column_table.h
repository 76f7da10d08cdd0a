// Every column that the engine can fill: the names are the contract with lib/schema/fields.ts.
#pragma once

#include <cstddef>
#include <string_view>

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
  count
};

struct ColumnInfo {
  std::string_view name;
  ColumnType type;
};

const ColumnInfo& column_info(Column column);

// The column of this name, or Column::count.
Column column_by_name(std::string_view name);

}  // namespace nfstream
