// Periods in which a flow was active, and idle in between, as CICFlowMeter tells them apart.
#pragma once

#include <cstdint>

#include "engine/track/flow_statistics.h"

namespace nfstream {

struct Activity {
  int64_t began_ns;         // of the active period under way; its end is the flow's last packet
  uint64_t active_periods;  // that have ended
  uint64_t idle_periods;
  Moments active;  // in the run's time unit
  Moments idle;
};

}  // namespace nfstream
