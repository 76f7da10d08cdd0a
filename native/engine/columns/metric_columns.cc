#include "engine/columns/metric_columns.h"

#include <string>

namespace nfstream {

std::vector<Column> metric_columns(const MetricSet& metrics) {
  std::vector<Column> columns;
  const auto known = [](const FlowView& view, int metric) { return view.format.metrics->known(static_cast<size_t>(metric), view.layout.metrics(view.flow)); };
  for (size_t i = 0; i < metrics.size(); i++) {
    const std::string name = "metric " + std::to_string(i);
    const auto argument = static_cast<int>(i);
    Column column =
        metrics.is_real(i)
            ? real_column(
                  name, [](const FlowView& view, int metric) { return view.format.metrics->real(static_cast<size_t>(metric), view.layout.metrics(view.flow)); },
                  argument)
            : integer_column(
                  name,
                  [](const FlowView& view, int metric) { return view.format.metrics->integer(static_cast<size_t>(metric), view.layout.metrics(view.flow)); },
                  argument);
    if (metrics.is_nullable(i)) column = nullable(std::move(column), known);
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace nfstream
