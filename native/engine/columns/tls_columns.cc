// What dissection found of TLS, and what the engine itself reads of it.
#include "engine/columns/column_table.h"
#include "engine/columns/fact_column.h"

namespace nfstream {

std::vector<Column> tls_columns() {
  using namespace fact_column;
  const auto ja4 = [](const FlowView& view, int, std::string& out) { out.append(view.layout.client_hello(view.flow).hello()->ja4); };
  const auto has_hello = [](const FlowView& view, int) { return view.layout.client_hello(view.flow).hello() != nullptr; };
  return {
      nullable(text_column("ja4", ja4, 0, only(Track::client_hello)), has_hello),
      text_or_null("ja3", Fact::ja3),
      text_or_null("ja3s", Fact::ja3s),
      text_or_null("tls_version", Fact::tls_version),
      text_or_null("tls_cipher", Fact::tls_cipher),
      text_or_null("tls_alpn", Fact::tls_alpn),
      text_or_null("tls_issuer", Fact::tls_issuer),
      text_or_null("tls_subject", Fact::tls_subject),
      time_or_null("tls_not_before", Fact::tls_not_before_s),
      time_or_null("tls_not_after", Fact::tls_not_after_s),
  };
}

}  // namespace nfstream
