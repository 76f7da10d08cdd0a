// What an engine is made of, shared by its JavaScript object and the step that is at work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/columns/column_table.h"
#include "engine/dissect/module.h"
#include "engine/meter/meter_group.h"

namespace nfstream {

// It outlives a NativeEngine that is collected while a worker is at a step.
struct Engine {
  MeterOptions options;
  std::vector<Column> metric_columns;
  std::string module_path;
  std::string protocols_file;
  std::string categories_file;
  size_t meter_count = 1;
  std::vector<DissectorModule::Handle> dissectors;
  std::unique_ptr<MeterGroup> meters;
  bool busy = false;

  // One of the run's metrics or of the table; null without such a name.
  const Column* column_named(const std::string& name) const {
    for (const Column& column : metric_columns) {
      if (column.name == name) return &column;
    }
    return find_column(name);
  }
};

// A number for a capture's name: FNV-1a.
inline uint64_t number_for(const std::string& name) {
  uint64_t number = 0xcbf29ce484222325;
  for (const char byte : name) number = (number ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return number;
}

}  // namespace nfstream
