// What of a flow was not put out before.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr TrackSet needed = only(Track::told);

int64_t new_packets(const FlowView& view, int) { return static_cast<int64_t>(view.flow.total_packets() - view.layout.told(view.flow).packets); }
int64_t new_bytes(const FlowView& view, int) { return static_cast<int64_t>(view.flow.total_bytes() - view.layout.told(view.flow).bytes); }

}  // namespace

std::vector<Column> increment_columns() { return {integer_column("new_packets", new_packets, 0, needed), integer_column("new_bytes", new_bytes, 0, needed)}; }

}  // namespace nfstream
