// The metrics of a run as JavaScript gives them.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "binding/flow_error.h"
#include "engine/metrics/metric_set.h"

namespace nfstream {

// The words of a program; a BigInt64Array that may be empty.
inline std::vector<int64_t> program_of(const Napi::Value& value) {
  const auto words = value.As<Napi::BigInt64Array>();
  return std::vector<int64_t>(words.Data(), words.Data() + words.ElementLength());
}

// The run's metrics; null without any.
inline std::shared_ptr<const MetricSet> metrics_of(const Napi::Env& env, const Napi::Array& given) {
  if (given.Length() == 0) return nullptr;
  auto metrics = std::make_shared<MetricSet>();
  for (uint32_t i = 0; i < given.Length(); i++) {
    const Napi::Object metric = given.Get(i).As<Napi::Object>();
    if (!metrics->add(metric.Get("aggregate").As<Napi::Number>().Int64Value(), program_of(metric.Get("value")), program_of(metric.Get("where")))) {
      throw coded_error(env, "ERR_NFSTREAM_EXPRESSION", "The engine can't run metric " + std::to_string(i) + ".");
    }
  }
  return metrics;
}

}  // namespace nfstream
