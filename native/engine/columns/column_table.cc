#include "engine/columns/column_table.h"

#include <array>

namespace nfstream {

namespace {

constexpr ColumnType integer = ColumnType::integer;
constexpr ColumnType real = ColumnType::real;
constexpr ColumnType text = ColumnType::text;

// In the order of the enumeration.
constexpr std::array<ColumnInfo, static_cast<size_t>(Column::count)> table{{
    {"id", integer},
    {"expiration_id", integer},
    {"export_reason", integer},
    {"src_ip", text},
    {"src_mac", text},
    {"src_oui", text},
    {"src_port", integer},
    {"dst_ip", text},
    {"dst_mac", text},
    {"dst_oui", text},
    {"dst_port", integer},
    {"protocol", integer},
    {"ip_version", integer},
    {"vlan_id", integer},
    {"tunnel_id", integer},
    {"bidirectional_first_seen_ms", integer},
    {"bidirectional_last_seen_ms", integer},
    {"bidirectional_duration_ms", integer},
    {"bidirectional_packets", integer},
    {"bidirectional_bytes", integer},
    {"src2dst_first_seen_ms", integer},
    {"src2dst_last_seen_ms", integer},
    {"src2dst_duration_ms", integer},
    {"src2dst_packets", integer},
    {"src2dst_bytes", integer},
    {"dst2src_first_seen_ms", integer},
    {"dst2src_last_seen_ms", integer},
    {"dst2src_duration_ms", integer},
    {"dst2src_packets", integer},
    {"dst2src_bytes", integer},
    {"start_time", real},
    {"end_time", real},
    {"application_name", text},
    {"application_pair", text},
    {"application_category_name", text},
    {"application_is_guessed", integer},
    {"application_confidence", integer},
    {"requested_server_name", text},
    {"client_fingerprint", text},
    {"server_fingerprint", text},
    {"user_agent", text},
    {"content_type", text},
    {"end_reason", text},
}};

}  // namespace

const ColumnInfo& column_info(Column column) { return table[static_cast<size_t>(column)]; }

Column column_by_name(std::string_view name) {
  for (size_t i = 0; i < table.size(); i++) {
    if (table[i].name == name) return static_cast<Column>(i);
  }
  return Column::count;
}

}  // namespace nfstream
