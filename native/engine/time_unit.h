// The unit that a run's times are told in.
#pragma once

#include <cstdint>

namespace nfstream {

// Nanoseconds in one.
enum class TimeUnit : int64_t { ms = 1000000, us = 1000, ns = 1 };

// Whole units: what is finer is cut off, as nfstream does.
inline int64_t in_unit(int64_t ns, TimeUnit unit) { return ns / static_cast<int64_t>(unit); }

inline int64_t to_ms(int64_t ns) { return in_unit(ns, TimeUnit::ms); }

}  // namespace nfstream
