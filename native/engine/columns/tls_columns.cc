// What the engine itself reads of TLS.
#include "engine/columns/column_table.h"

namespace nfstream {

std::vector<Column> tls_columns() {
  const auto ja4 = [](const FlowView& view, int, std::string& out) { out.append(view.layout.client_hello(view.flow).hello()->ja4); };
  const auto has_hello = [](const FlowView& view, int) { return view.layout.client_hello(view.flow).hello() != nullptr; };
  return {nullable(text_column("ja4", ja4, 0, only(Facet::client_hello)), has_hello)};
}

}  // namespace nfstream
