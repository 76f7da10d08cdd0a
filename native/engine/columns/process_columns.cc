// Which process of this machine has sent or received a flow's packets.
#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr TrackSet needed = only(Track::process);

int64_t pid(const FlowView& view, int) {
  const FlowProcess& process = view.layout.process(view.flow);
  return process.known() ? process.pid : -1;
}

void name(const FlowView& view, int, std::string& out) {
  const FlowProcess& process = view.layout.process(view.flow);
  if (process.known()) out.append(process.name, process.name_size);
}

}  // namespace

std::vector<Column> process_columns() { return {integer_column("system_process_pid", pid, 0, needed), text_column("system_process_name", name, 0, needed)}; }

}  // namespace nfstream
