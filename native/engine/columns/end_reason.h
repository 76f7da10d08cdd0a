// THE table of why flows end: in words, as nfstream's expiration_id, and as the first releases' export_reason. The codes never change.
#pragma once

#include <iterator>

#include "engine/table/flow_record.h"

namespace nfstream {

struct EndReasonCodes {
  EndReason reason;
  const char* name;
  int expiration_id;
  int export_reason;
};

constexpr EndReasonCodes end_reasons[] = {
    {EndReason::idle, "idle", 0, 0},          {EndReason::active, "active", 1, 1},   {EndReason::end_of_source, "end", 0, 2},
    {EndReason::capacity, "capacity", 2, 3},  {EndReason::tcp_fin, "tcp_fin", 3, 4}, {EndReason::tcp_rst, "tcp_rst", 4, 4},
    {EndReason::custom, "custom", -1, -1},     // its export_reason is what the plugin gave
    {EndReason::snapshot, "snapshot", 5, -1},  // it has not ended
};

// Rows stand in the order of the enum, so that a reason is its own index.
constexpr bool end_reasons_in_order() {
  for (size_t row = 0; row < std::size(end_reasons); row++) {
    if (static_cast<size_t>(end_reasons[row].reason) != row) return false;
  }
  return std::size(end_reasons) == static_cast<size_t>(EndReason::count);
}
static_assert(end_reasons_in_order(), "a reason without its codes");

constexpr const EndReasonCodes& codes_of(EndReason reason) { return end_reasons[static_cast<size_t>(reason)]; }

}  // namespace nfstream
