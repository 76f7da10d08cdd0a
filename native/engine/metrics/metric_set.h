// The metrics of a run: what each counts of a flow's packets, and where it keeps that behind the flow's record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/metrics/program.h"

namespace nfstream {

// The numbers are the contract with JavaScript (lib/metrics/metric.ts): append only.
enum class Aggregate : uint8_t { count, sum, min, max, mean, stddev, first, last, distinct, how_many };

class MetricSet {
 public:
  static constexpr size_t most = 1024;

  MetricSet();

  // An empty program is none: `count` needs no value, and every metric takes every packet without a condition. False for what is no metric.
  bool add(int64_t aggregate, const std::vector<int64_t>& value, const std::vector<int64_t>& condition);

  size_t size() const { return metrics_.size(); }
  // Bytes of the states of all; they begin as zeros.
  size_t bytes() const { return bytes_; }
  // False when there is no memory.
  bool count(uint8_t* states, const MetricPacket& packet) const;
  void release(uint8_t* states) const;

  // Whether the metric's values are reals; else they are integers.
  bool is_real(size_t metric) const { return metrics_[metric].real; }
  // Whether a flow may have none.
  bool is_nullable(size_t metric) const { return metrics_[metric].aggregate != Aggregate::count; }
  bool known(size_t metric, const uint8_t* states) const;
  // Only of a metric that is known, and of its type.
  int64_t integer(size_t metric, const uint8_t* states) const;
  double real(size_t metric, const uint8_t* states) const;

 private:
  struct Metric {
    Aggregate aggregate;
    bool real;
    bool value_is_real;
    bool has_value;
    bool has_condition;
    uint32_t offset;  // of its state
    Program value;
    Program condition;
  };

  bool take(const Metric& metric, uint8_t* state, const MetricValue& value) const;

  std::vector<Metric> metrics_;
  size_t bytes_ = 0;
  uint64_t seed_;
};

}  // namespace nfstream
