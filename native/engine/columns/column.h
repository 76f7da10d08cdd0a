// A column that the engine can fill: its name, its type, and where its values come from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/dissect/dissector.h"
#include "engine/metrics/metric_set.h"
#include "engine/time_unit.h"
#include "engine/track/record_layout.h"

namespace nfstream {

enum class ColumnType : uint8_t {
  integer,  // 64 bits, signed
  real,     // 64 bits
  text,     // UTF-8
  time,     // nanoseconds since the epoch, which the run's options make an integer or text of
  list8,    // as many integers of 8, 32 or 64 bits as the run's options say
  list32,
  list64,
};

// How points in time are told.
enum class Timestamps : uint8_t {
  integers,  // 0 where there is none, as in nfstream
  nullable,  // integers, null where there is none
  iso,       // text of RFC 3339 in UTC, null where there is none
};

struct ColumnFormat {
  TimeUnit unit = TimeUnit::ms;
  Timestamps timestamps = Timestamps::integers;
  uint16_t splt = 0;     // packets in the lists of a flow
  uint32_t payload = 0;  // bytes told of each direction
  uint32_t entropy = 0;  // bytes of each direction whose entropy is told
  uint16_t community_id_seed = 0;
  std::shared_ptr<const MetricSet> metrics;  // null without any
};

// An ended flow as its columns see it.
struct FlowView {
  const FlowRecord& flow;
  EndReason reason;
  uint64_t id;
  const RecordLayout& layout;
  const ColumnFormat& format;
  const Dissector* names;  // null when nothing is dissected
};

// One row of the table of columns. `argument` lets columns that differ in one thing share a function.
struct Column {
  std::string name;
  ColumnType type;
  int argument;
  TrackSet tracks;     // what it needs
  FactMask facts = 0;  // what it needs of what a dissection finds

  // The one of its type.
  int64_t (*integer)(const FlowView& view, int argument) = nullptr;  // also of a point in time
  double (*real)(const FlowView& view, int argument) = nullptr;
  void (*text)(const FlowView& view, int argument, std::string& out) = nullptr;
  // `items` is the list's memory, filled with -1.
  void (*list)(const FlowView& view, int argument, void* items) = nullptr;

  // Every text of a closed set.
  std::vector<std::string> (*values)(const Dissector* names) = nullptr;

  // Whether a flow has a value; without it every flow has one. No other function is called for a flow that has none.
  bool (*present)(const FlowView& view, int argument) = nullptr;
  // A point in time that is null where there is none, also as an integer.
  bool never_zero = false;
};

inline Column integer_column(std::string name, int64_t (*fill)(const FlowView&, int), int argument = 0, TrackSet tracks = no_track) {
  Column column{std::move(name), ColumnType::integer, argument, tracks};
  column.integer = fill;
  return column;
}
inline Column real_column(std::string name, double (*fill)(const FlowView&, int), int argument = 0, TrackSet tracks = no_track) {
  Column column{std::move(name), ColumnType::real, argument, tracks};
  column.real = fill;
  return column;
}
inline Column text_column(std::string name, void (*fill)(const FlowView&, int, std::string&), int argument = 0, TrackSet tracks = no_track) {
  Column column{std::move(name), ColumnType::text, argument, tracks};
  column.text = fill;
  return column;
}
inline Column time_column(std::string name, int64_t (*ns)(const FlowView&, int), bool (*present)(const FlowView&, int), int argument = 0,
                          TrackSet tracks = no_track) {
  Column column{std::move(name), ColumnType::time, argument, tracks};
  column.integer = ns;
  column.present = present;
  return column;
}
inline Column list_column(std::string name, ColumnType type, void (*fill)(const FlowView&, int, void*), int argument = 0, TrackSet tracks = no_track) {
  Column column{std::move(name), type, argument, tracks};
  column.list = fill;
  return column;
}
inline Column closed(Column column, std::vector<std::string> (*values)(const Dissector*)) {
  column.values = values;
  return column;
}
inline Column nullable(Column column, bool (*present)(const FlowView&, int)) {
  column.present = present;
  return column;
}

inline Column never_zero(Column column) {
  column.never_zero = true;
  return column;
}

}  // namespace nfstream
