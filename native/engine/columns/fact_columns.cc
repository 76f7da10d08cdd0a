// What dissection found beside the label: one column for each fact.
#include <string_view>

#include "engine/columns/column_table.h"
#include "engine/dissect/flow_facts.h"

namespace nfstream {

namespace {

Fact fact_of(int argument) { return static_cast<Fact>(argument); }

bool has_fact(const FlowView& view, int argument) { return view.flow.facts != nullptr && view.flow.facts->has(fact_of(argument)); }

void text(const FlowView& view, int argument, std::string& out) {
  if (has_fact(view, argument)) out.append(view.flow.facts->text(fact_of(argument)));
}

int64_t number(const FlowView& view, int argument) { return has_fact(view, argument) ? view.flow.facts->number(fact_of(argument)) : 0; }

// Of a fact that is in seconds.
int64_t time_ns(const FlowView& view, int argument) { return number(view, argument) * 1000000000; }

Column with_fact(Column column, Fact fact) {
  column.argument = static_cast<int>(fact);
  column.facts = bit(fact);
  return column;
}

// nfstream's, empty where there is none.
Column plain_text(const char* name, Fact fact) { return with_fact(text_column(name, text), fact); }
Column text_or_null(const char* name, Fact fact) { return with_fact(nullable(text_column(name, text), has_fact), fact); }
Column number_or_null(const char* name, Fact fact) { return with_fact(nullable(integer_column(name, number), has_fact), fact); }
Column time_or_null(const char* name, Fact fact) { return with_fact(never_zero(time_column(name, time_ns, has_fact)), fact); }

}  // namespace

std::vector<Column> fact_columns() {
  return {
      plain_text("requested_server_name", Fact::server_name),
      plain_text("client_fingerprint", Fact::client_fingerprint),
      plain_text("server_fingerprint", Fact::server_fingerprint),
      plain_text("user_agent", Fact::user_agent),
      plain_text("content_type", Fact::content_type),
      plain_text("risks", Fact::risks),
      with_fact(integer_column("risk_score", number), Fact::risk_score),
      with_fact(integer_column("risk_client_score", number), Fact::risk_client_score),
      with_fact(integer_column("risk_server_score", number), Fact::risk_server_score),
      text_or_null("ja3", Fact::ja3),
      text_or_null("ja3s", Fact::ja3s),
      text_or_null("tls_version", Fact::tls_version),
      text_or_null("tls_cipher", Fact::tls_cipher),
      text_or_null("tls_alpn", Fact::tls_alpn),
      text_or_null("tls_issuer", Fact::tls_issuer),
      text_or_null("tls_subject", Fact::tls_subject),
      time_or_null("tls_not_before", Fact::tls_not_before_s),
      time_or_null("tls_not_after", Fact::tls_not_after_s),
      text_or_null("http_method", Fact::http_method),
      text_or_null("http_host", Fact::http_host),
      text_or_null("http_url", Fact::http_url),
      number_or_null("http_status", Fact::http_status),
      text_or_null("http_request_content_type", Fact::http_request_content_type),
      text_or_null("http_server", Fact::http_server),
      text_or_null("dns_query", Fact::dns_query),
      number_or_null("dns_query_type", Fact::dns_query_type),
      number_or_null("dns_response_code", Fact::dns_response_code),
      number_or_null("dns_records", Fact::dns_records),
      text_or_null("dns_answer", Fact::dns_answer),
      text_or_null("dhcp_fingerprint", Fact::dhcp_fingerprint),
      text_or_null("dhcp_class", Fact::dhcp_class),
      text_or_null("dhcp_host_name", Fact::dhcp_host_name),
      text_or_null("detected_os", Fact::detected_os),
  };
}

}  // namespace nfstream
