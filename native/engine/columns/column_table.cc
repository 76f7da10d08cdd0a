#include "engine/columns/column_table.h"

#include <array>

namespace nfstream {

namespace {

constexpr ColumnType integer = ColumnType::integer;
constexpr ColumnType real = ColumnType::real;
constexpr ColumnType text = ColumnType::text;

struct Row {
  const char* name;
  ColumnType type;
};

// In the order of the enumeration.
constexpr std::array<Row, static_cast<size_t>(Column::first_statistic)> table{{
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

Statistic statistic_of(Column column) {
  const int number = static_cast<int>(column) - static_cast<int>(Column::first_statistic);
  if (number < 12) return {Statistic::size, number / 4, number % 4};
  if (number < 24) return {Statistic::gap, (number - 12) / 4, number % 4};
  return {Statistic::flag, (number - 24) / 8, number % 8};
}

ColumnInfo column_info(Column column) {
  if (!is_statistic(column)) return {table[static_cast<size_t>(column)].name, table[static_cast<size_t>(column)].type};
  constexpr const char* directions[] = {"bidirectional_", "src2dst_", "dst2src_"};
  constexpr const char* moments[] = {"min", "mean", "stddev", "max"};
  constexpr const char* flags[] = {"syn", "cwr", "ece", "urg", "ack", "psh", "rst", "fin"};
  const Statistic statistic = statistic_of(column);
  const std::string direction = directions[statistic.direction];
  if (statistic.kind == Statistic::flag) return {direction + flags[statistic.which] + "_packets", integer};
  const bool fraction = statistic.which == 1 || statistic.which == 2;
  return {direction + moments[statistic.which] + (statistic.kind == Statistic::size ? "_ps" : "_piat_ms"), fraction ? real : integer};
}

Column column_by_name(const std::string& name) {
  for (int i = 0; i < static_cast<int>(Column::count); i++) {
    if (column_info(static_cast<Column>(i)).name == name) return static_cast<Column>(i);
  }
  return Column::count;
}

}  // namespace nfstream
