#include "engine/columns/flow_columns.h"

#include "engine/columns/format.h"
#include "engine/table/flow_statistics.h"

namespace nfstream {

namespace {

// Whole milliseconds as nfstream counts them: what is finer is cut off.
int64_t to_ms(int64_t ns) { return ns / 1000000; }

int64_t duration_ms(int64_t first_ns, int64_t last_ns) { return to_ms(last_ns) - to_ms(first_ns); }

// The first releases' times: milliseconds with a fraction of whole microseconds.
double fractional_ms(int64_t ns) {
  const int64_t us = ns / 1000;
  return static_cast<double>(us / 1000000 * 1000) + static_cast<double>(us % 1000000) / 1000.0;
}

uint64_t packets_of(const FlowRecord& flow, int direction) { return direction == 0 ? flow.total_packets() : flow.packets[direction - 1]; }

int64_t integer_statistic(Column column, const FlowRecord& flow) {
  const FlowStatistics& statistics = statistics_of(flow);
  const Statistic wanted = statistic_of(column);
  if (wanted.kind == Statistic::flag) {
    if (wanted.direction > 0) return statistics.flags[wanted.direction - 1][wanted.which];
    return int64_t{statistics.flags[0][wanted.which]} + statistics.flags[1][wanted.which];
  }
  const Moments& moments = (wanted.kind == Statistic::size ? statistics.sizes : statistics.gaps_ms)[wanted.direction];
  return wanted.which == 0 ? moments.min : moments.max;
}

double real_statistic(Column column, const FlowRecord& flow) {
  const FlowStatistics& statistics = statistics_of(flow);
  const Statistic wanted = statistic_of(column);
  const Moments& moments = (wanted.kind == Statistic::size ? statistics.sizes : statistics.gaps_ms)[wanted.direction];
  if (wanted.which == 1) return moments.mean;
  const uint64_t packets = packets_of(flow, wanted.direction);
  return moments.deviation(wanted.kind == Statistic::gap && packets > 0 ? packets - 1 : packets);
}

}  // namespace

int expiration_id(EndReason reason) {
  switch (reason) {
    case EndReason::active: return 1;
    case EndReason::capacity: return 2;
    default: return 0;
  }
}

int export_reason(EndReason reason) {
  switch (reason) {
    case EndReason::idle: return 0;
    case EndReason::active: return 1;
    case EndReason::capacity: return 3;
    default: return 2;
  }
}

const char* end_reason(EndReason reason) {
  switch (reason) {
    case EndReason::idle: return "idle";
    case EndReason::active: return "active";
    case EndReason::capacity: return "capacity";
    default: return "end";
  }
}

FlowColumns::FlowColumns(std::vector<Column> columns, size_t max_rows, size_t max_bytes, const Dissector* names)
    : max_rows_(max_rows), max_bytes_(max_bytes), names_(names) {
  for (Column column : columns) {
    Storage storage;
    storage.column = column;
    storage.type = column_info(column).type;
    if (storage.type == ColumnType::text) storage.offsets.push_back(0);
    columns_.push_back(std::move(storage));
  }
}

void FlowColumns::append(uint64_t id, const FlowRecord& flow, EndReason reason) {
  for (Storage& storage : columns_) {
    switch (storage.type) {
      case ColumnType::integer:
        storage.integers.push_back(integer(storage.column, id, flow, reason));
        bytes_ += 8;
        break;
      case ColumnType::real:
        storage.reals.push_back(real(storage.column, flow));
        bytes_ += 8;
        break;
      case ColumnType::text: {
        const size_t before = storage.text.size();
        text(storage.column, flow, reason, storage.text);
        storage.offsets.push_back(static_cast<int32_t>(storage.text.size()));
        bytes_ += 4 + storage.text.size() - before;
        break;
      }
    }
  }
  rows_++;
}

void FlowColumns::clear() {
  for (Storage& storage : columns_) {
    storage.integers.clear();
    storage.reals.clear();
    storage.text.clear();
    if (storage.type == ColumnType::text) storage.offsets.assign(1, 0);
  }
  rows_ = 0;
  bytes_ = 0;
}

FlowColumns::Part FlowColumns::part(size_t column) const {
  const Storage& storage = columns_[column];
  switch (storage.type) {
    case ColumnType::integer: return {storage.type, storage.integers.data(), rows_ * 8, nullptr, 0};
    case ColumnType::real: return {storage.type, storage.reals.data(), rows_ * 8, nullptr, 0};
    default: return {storage.type, storage.offsets.data(), (rows_ + 1) * 4, storage.text.data(), storage.text.size()};
  }
}

int64_t FlowColumns::integer(Column column, uint64_t id, const FlowRecord& flow, EndReason reason) {
  const bool larger = flow.source_is_larger;
  const auto both = [](const uint64_t* values) { return static_cast<int64_t>(values[0] + values[1]); };
  switch (column) {
    case Column::id: return static_cast<int64_t>(id);
    case Column::expiration_id: return expiration_id(reason);
    case Column::export_reason: return export_reason(reason);
    case Column::src_port: return flow.key.port(larger);
    case Column::dst_port: return flow.key.port(!larger);
    case Column::protocol: return flow.key.protocol();
    case Column::ip_version: return flow.key.ip_version();
    case Column::vlan_id: return flow.key.vlan_id();
    case Column::tunnel_id: return flow.key.tunnel_id();
    case Column::bidirectional_first_seen_ms: return to_ms(flow.first_seen_ns());
    case Column::bidirectional_last_seen_ms: return to_ms(flow.last_seen_ns());
    case Column::bidirectional_duration_ms: return duration_ms(flow.first_seen_ns(), flow.last_seen_ns());
    case Column::bidirectional_packets: return both(flow.packets);
    case Column::bidirectional_bytes: return both(flow.bytes);
    case Column::src2dst_first_seen_ms: return to_ms(flow.first_ns[0]);
    case Column::src2dst_last_seen_ms: return to_ms(flow.last_ns[0]);
    case Column::src2dst_duration_ms: return duration_ms(flow.first_ns[0], flow.last_ns[0]);
    case Column::src2dst_packets: return static_cast<int64_t>(flow.packets[0]);
    case Column::src2dst_bytes: return static_cast<int64_t>(flow.bytes[0]);
    case Column::dst2src_first_seen_ms: return to_ms(flow.first_ns[1]);
    case Column::dst2src_last_seen_ms: return to_ms(flow.last_ns[1]);
    case Column::dst2src_duration_ms: return duration_ms(flow.first_ns[1], flow.last_ns[1]);
    case Column::dst2src_packets: return static_cast<int64_t>(flow.packets[1]);
    case Column::dst2src_bytes: return static_cast<int64_t>(flow.bytes[1]);
    case Column::application_is_guessed: return flow.guessed ? 1 : 0;
    case Column::application_confidence: return flow.confidence;
    default: return is_statistic(column) ? integer_statistic(column, flow) : 0;
  }
}

double FlowColumns::real(Column column, const FlowRecord& flow) {
  if (is_statistic(column)) return real_statistic(column, flow);
  return fractional_ms(column == Column::start_time ? flow.first_seen_ns() : flow.last_seen_ns());
}

void FlowColumns::text(Column column, const FlowRecord& flow, EndReason reason, std::string& out) const {
  const bool larger = flow.source_is_larger;
  const auto fact = [&](int which) {
    if (flow.texts == nullptr) return;
    const char* bytes = flow.texts->bytes;
    for (int i = 0; i < which; i++) bytes += flow.texts->lengths[i];
    out.append(bytes, flow.texts->lengths[which]);
  };
  switch (column) {
    case Column::src_ip: return append_ip(out, flow.key.address(larger), flow.key.ip_version());
    case Column::dst_ip: return append_ip(out, flow.key.address(!larger), flow.key.ip_version());
    case Column::src_mac: return append_mac(out, flow.source_mac, 6);
    case Column::dst_mac: return append_mac(out, flow.destination_mac, 6);
    case Column::src_oui: return append_mac(out, flow.source_mac, 3);
    case Column::dst_oui: return append_mac(out, flow.destination_mac, 3);
    case Column::application_name: return application(flow, false, out);
    case Column::application_pair: return application(flow, true, out);
    case Column::application_category_name: out.append(names_->category_name(flow.category)); return;
    case Column::requested_server_name: return fact(FlowTexts::server_name);
    case Column::client_fingerprint: return fact(FlowTexts::client_fingerprint);
    case Column::server_fingerprint: return fact(FlowTexts::server_fingerprint);
    case Column::user_agent: return fact(FlowTexts::user_agent);
    case Column::content_type: return fact(FlowTexts::content_type);
    case Column::end_reason: out.append(end_reason(reason)); return;
    default: return;
  }
}

void FlowColumns::application(const FlowRecord& flow, bool always_both, std::string& out) const {
  const bool two = flow.master != 0 && flow.application != 0 && flow.master != flow.application;
  const std::string_view one = names_->application_name(flow.application != 0 ? flow.application : flow.master);
  if (always_both) {
    // The first releases print a label that stands alone as an application of an unknown master: Unknown.DNS.
    out.append(names_->application_name(two ? flow.master : 0)).push_back('.');
    out.append(two ? names_->application_name(flow.application) : one);
    return;
  }
  if (two) out.append(names_->application_name(flow.master)).push_back('.');
  out.append(one);
}

}  // namespace nfstream
