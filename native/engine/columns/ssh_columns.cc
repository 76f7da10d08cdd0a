// What the engine itself reads of SSH.
#include "engine/columns/column_table.h"
#include "engine/columns/format.h"

namespace nfstream {

namespace {

ssh::Side side_of(int argument) { return static_cast<ssh::Side>(argument); }

bool has_exchange(const FlowView& view, int argument) { return view.layout.key_exchange(view.flow).has(side_of(argument)); }

void sum(const FlowView& view, int argument, std::string& out) {
  const Md5Digest& found = view.layout.key_exchange(view.flow).sum(side_of(argument));
  append_hex(out, found.data(), found.size());
}

Column hassh_column(const char* name, ssh::Side side) {
  return nullable(text_column(name, sum, static_cast<int>(side), only(Track::key_exchange)), has_exchange);
}

}  // namespace

std::vector<Column> ssh_columns() { return {hassh_column("hassh", ssh::Side::client), hassh_column("hassh_server", ssh::Side::server)}; }

}  // namespace nfstream
