#include "engine/metrics/metric_set.h"

#include <cmath>
#include <cstring>
#include <random>
#include <type_traits>

#include "engine/metrics/distinct.h"

namespace nfstream {

namespace {

struct Sum {
  union {
    int64_t integer;
    double real;
  };
  uint64_t lost;  // it is more than 64 bits hold, or not finite
};

// The value that was kept of those that came.
struct Kept {
  union {
    int64_t integer;
    double real;
  };
  uint64_t known;
};

// Welford's running mean and deviation, in the order of operations of the built-in ones.
struct MeanAndDeviation {
  uint64_t count;
  double mean;
  double m2;

  void add(double value) {
    if (++count == 1) {
      mean = value;
      return;
    }
    const double before = mean;
    mean += (value - before) / static_cast<double>(static_cast<int64_t>(count));
    m2 += (value - before) * (value - mean);
  }
  double deviation() const { return count > 1 ? std::sqrt(m2 / static_cast<double>(count - 1)) : 0; }
};

template <class T>
constexpr uint32_t size_of_state() {
  static_assert(std::is_trivial_v<T>, "a state begins as zeros and is never destroyed");
  static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0, "states stand one behind the other");
  return sizeof(T);
}

// In the order of the enumeration.
constexpr uint32_t sizes[] = {
    size_of_state<uint64_t>(),         size_of_state<Sum>(),  size_of_state<Kept>(), size_of_state<Kept>(),    size_of_state<MeanAndDeviation>(),
    size_of_state<MeanAndDeviation>(), size_of_state<Kept>(), size_of_state<Kept>(), size_of_state<Distinct>()};
static_assert(sizeof sizes / sizeof *sizes == static_cast<size_t>(Aggregate::how_many));

template <class T>
T& as(uint8_t* state) {
  return *reinterpret_cast<T*>(state);
}
template <class T>
const T& as(const uint8_t* state) {
  return *reinterpret_cast<const T*>(state);
}

void keep(Kept& kept, const MetricValue& value) {
  kept.integer = value.integer;
  kept.known = 1;
}

}  // namespace

MetricSet::MetricSet() {
  std::random_device random;
  seed_ = uint64_t{random()} << 32 | random();
}

bool MetricSet::add(int64_t aggregate, const std::vector<int64_t>& value, const std::vector<int64_t>& condition) {
  if (aggregate < 0 || aggregate >= static_cast<int64_t>(Aggregate::how_many) || metrics_.size() == most) return false;
  Metric metric{};
  metric.aggregate = static_cast<Aggregate>(aggregate);
  metric.has_value = !value.empty();
  metric.has_condition = !condition.empty();
  if (metric.has_value == (metric.aggregate == Aggregate::count)) return false;
  if (metric.has_value && !metric.value.load(value.data(), value.size())) return false;
  if (metric.has_condition && (!metric.condition.load(condition.data(), condition.size()) || metric.condition.gives_real())) return false;
  metric.value_is_real = metric.has_value && metric.value.gives_real();
  const bool of_its_value = metric.aggregate != Aggregate::count && metric.aggregate != Aggregate::distinct;
  metric.real = metric.aggregate == Aggregate::mean || metric.aggregate == Aggregate::stddev || (of_its_value && metric.value_is_real);
  metric.offset = static_cast<uint32_t>(bytes_);
  bytes_ += sizes[aggregate];
  metrics_.push_back(std::move(metric));
  return true;
}

bool MetricSet::count(uint8_t* states, const MetricPacket& packet) const {
  for (const Metric& metric : metrics_) {
    if (metric.has_condition) {
      const MetricValue holds = metric.condition.run(packet);
      if (!holds.known || holds.integer == 0) continue;
    }
    if (!metric.has_value) {
      as<uint64_t>(states + metric.offset)++;
      continue;
    }
    const MetricValue value = metric.value.run(packet);
    if (value.known && !take(metric, states + metric.offset, value)) return false;
  }
  return true;
}

bool MetricSet::take(const Metric& metric, uint8_t* state, const MetricValue& value) const {
  const bool real = metric.value_is_real;
  switch (metric.aggregate) {
    case Aggregate::sum: {
      Sum& sum = as<Sum>(state);
      if (real) {
        sum.real += value.real;
        if (!std::isfinite(sum.real)) sum.lost = 1;
      } else if (__builtin_add_overflow(sum.integer, value.integer, &sum.integer)) {
        sum.lost = 1;
      }
      break;
    }
    case Aggregate::min: {
      Kept& kept = as<Kept>(state);
      if (kept.known == 0 || (real ? value.real < kept.real : value.integer < kept.integer)) keep(kept, value);
      break;
    }
    case Aggregate::max: {
      Kept& kept = as<Kept>(state);
      if (kept.known == 0 || (real ? value.real > kept.real : value.integer > kept.integer)) keep(kept, value);
      break;
    }
    case Aggregate::mean:
    case Aggregate::stddev: as<MeanAndDeviation>(state).add(real ? value.real : static_cast<double>(value.integer)); break;
    case Aggregate::first:
      if (as<Kept>(state).known == 0) keep(as<Kept>(state), value);
      break;
    case Aggregate::last: keep(as<Kept>(state), value); break;
    case Aggregate::distinct: return as<Distinct>(state).add(real && value.real == 0 ? 0 : value.integer, seed_);
    case Aggregate::count:
    case Aggregate::how_many: break;
  }
  return true;
}

void MetricSet::release(uint8_t* states) const {
  for (const Metric& metric : metrics_) {
    if (metric.aggregate == Aggregate::distinct) as<Distinct>(states + metric.offset).release();
  }
}

bool MetricSet::known(size_t index, const uint8_t* states) const {
  const Metric& metric = metrics_[index];
  const uint8_t* state = states + metric.offset;
  switch (metric.aggregate) {
    case Aggregate::sum: return as<Sum>(state).lost == 0;
    case Aggregate::min:
    case Aggregate::max:
    case Aggregate::first:
    case Aggregate::last: return as<Kept>(state).known != 0;
    case Aggregate::mean: return as<MeanAndDeviation>(state).count > 0 && std::isfinite(as<MeanAndDeviation>(state).mean);
    case Aggregate::stddev: return as<MeanAndDeviation>(state).count > 0 && std::isfinite(as<MeanAndDeviation>(state).deviation());
    case Aggregate::distinct: return !as<Distinct>(state).full;
    default: return true;
  }
}

int64_t MetricSet::integer(size_t index, const uint8_t* states) const {
  const Metric& metric = metrics_[index];
  const uint8_t* state = states + metric.offset;
  switch (metric.aggregate) {
    case Aggregate::count: return static_cast<int64_t>(as<uint64_t>(state));
    case Aggregate::sum: return as<Sum>(state).integer;
    case Aggregate::distinct: return as<Distinct>(state).count;
    default: return as<Kept>(state).integer;
  }
}

double MetricSet::real(size_t index, const uint8_t* states) const {
  const Metric& metric = metrics_[index];
  const uint8_t* state = states + metric.offset;
  switch (metric.aggregate) {
    case Aggregate::sum: return as<Sum>(state).real;
    case Aggregate::mean: return as<MeanAndDeviation>(state).mean;
    case Aggregate::stddev: return as<MeanAndDeviation>(state).deviation();
    default: return as<Kept>(state).real;
  }
}

}  // namespace nfstream
