// Why a flow ended: in words, as nfstream's expiration_id and as the first releases' export_reason.
#pragma once

#include "engine/table/flow_record.h"

namespace nfstream {

inline const char* end_reason(EndReason reason) {
  switch (reason) {
    case EndReason::idle: return "idle";
    case EndReason::active: return "active";
    case EndReason::capacity: return "capacity";
    case EndReason::tcp_fin: return "tcp_fin";
    case EndReason::tcp_rst: return "tcp_rst";
    default: return "end";
  }
}

inline int expiration_id(EndReason reason) {
  switch (reason) {
    case EndReason::active: return 1;
    case EndReason::capacity: return 2;
    case EndReason::tcp_fin: return 3;
    case EndReason::tcp_rst: return 4;
    default: return 0;
  }
}

inline int export_reason(EndReason reason) {
  switch (reason) {
    case EndReason::idle: return 0;
    case EndReason::active: return 1;
    case EndReason::capacity: return 3;
    case EndReason::tcp_fin:
    case EndReason::tcp_rst: return 4;
    default: return 2;
  }
}

}  // namespace nfstream
