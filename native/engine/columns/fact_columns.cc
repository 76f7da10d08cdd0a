// What dissection found of risks, HTTP, DNS, DHCP and the operating system.
#include "engine/columns/column_table.h"
#include "engine/columns/fact_column.h"

namespace nfstream {

std::vector<Column> fact_columns() {
  using namespace fact_column;
  return {
      plain_text("risks", Fact::risks),
      with_fact(integer_column("risk_score", number), Fact::risk_score),
      with_fact(integer_column("risk_client_score", number), Fact::risk_client_score),
      with_fact(integer_column("risk_server_score", number), Fact::risk_server_score),
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
