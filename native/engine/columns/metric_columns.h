// The columns of a run's metrics, which no table has: a column's argument is the metric's index.
#pragma once

#include <vector>

#include "engine/columns/column.h"

namespace nfstream {

std::vector<Column> metric_columns(const MetricSet& metrics);

}  // namespace nfstream
