#include "engine/dissect/ndpi/ndpi_facts.h"

#include <arpa/inet.h>

#include <cctype>
#include <cstring>

namespace nfstream::ndpi {

namespace {

constexpr FactMask risk_facts = bit(Fact::risks) | bit(Fact::risk_score) | bit(Fact::risk_client_score) | bit(Fact::risk_server_score);

template <size_t Size>
std::string_view text(const char (&bytes)[Size]) {
  return {bytes, strnlen(bytes, Size)};
}

std::string_view heap_text(const char* bytes, size_t longest = longest_text) {
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, strnlen(bytes, longest));
}

// JA3 and HASSH are MD5 sums. Anything else is what another dissector left in the union, perhaps without an end.
std::string_view md5_text(const char* bytes) {
  constexpr size_t digits = 32;
  for (size_t i = 0; i < digits; i++) {
    if (!std::isxdigit(static_cast<unsigned char>(bytes[i]))) return {};
  }
  return bytes[digits] == '\0' ? std::string_view(bytes, digits) : std::string_view();
}

// Releases from 4.4 on have the host of SSDP with its port, 5.0 without one, as they have that of HTTP.
std::string_view without_port(std::string_view host) {
  const size_t last = host.find_last_not_of("0123456789");
  return last != std::string_view::npos && host[last] == ':' && last + 1 < host.size() ? host.substr(0, last) : host;
}

// Whether the union holds pointers of TLS: nDPI frees them by the same rule.
bool has_tls_pointers(const Flow& flow) {
  for (uint16_t protocol : tls_protocols) {
    if (flow.detected_protocol_stack[0] == protocol || flow.detected_protocol_stack[1] == protocol) return true;
  }
  return false;
}

}  // namespace

FactReader::FactReader(FactMask wanted) : wanted_(wanted) {
  if (wants(bit(Fact::tls_cipher))) ciphers_ = std::make_unique<CipherNames>();
}

bool FactReader::knows_hello(const Flow& flow) {
  return flow.host_server_name[0] != '\0' || (has_tls_pointers(flow) && !md5_text(ja3_client(flow.protos.tls_quic, 0)).empty());
}

// A guessed label says nothing about the union of what dissectors found.
void FactReader::read(const Flow& flow, const Label& label, bool dissected, Facts& facts) {
  read_as_nfstream(flow, label, facts);
  if (wants(risk_facts)) read_risks(flow, label, facts);
  read_http(flow, label, facts);
  if (!dissected) return;
  if (has_tls_pointers(flow)) read_tls(flow, facts);
  if (label.is(NDPI_PROTOCOL_DNS) || label.is(NDPI_PROTOCOL_MDNS) || label.is(NDPI_PROTOCOL_LLMNR)) read_dns(flow, facts);
  if (label.is(NDPI_PROTOCOL_DHCP)) read_dhcp(flow, facts);
}

// `protos` is a union: only the member that belongs to the label is read, in the order in which nfstream asks.
void FactReader::read_as_nfstream(const Flow& flow, const Label& label, Facts& facts) const {
  const auto& http = flow.http;
  const auto& protos = flow.protos;
  const std::string_view name = text(flow.host_server_name);
  facts.set(Fact::server_name, label.is(NDPI_PROTOCOL_SSDP) ? without_port(name) : name);
  if (label.is(NDPI_PROTOCOL_DHCP)) {
    facts.set(Fact::client_fingerprint, text(protos.dhcp.fingerprint));
  } else if (label.is(NDPI_PROTOCOL_HTTP)) {
    facts.set(Fact::user_agent, heap_text(http.user_agent));
    facts.set(Fact::content_type, heap_text(http.content_type));
  } else if (label.is(NDPI_PROTOCOL_SSH)) {
    facts.set(Fact::client_fingerprint, md5_text(protos.ssh.hassh_client));
    facts.set(Fact::server_fingerprint, md5_text(protos.ssh.hassh_server));
  } else if (is_tls(label)) {
    facts.set(Fact::client_fingerprint, md5_text(ja3_client(protos.tls_quic, 0)));
    facts.set(Fact::server_fingerprint, md5_text(protos.tls_quic.ja3_server));
    facts.set(Fact::user_agent, heap_text(http.user_agent));
  }
}

// A flow without a risk has a score of 0. nDPI leaves what a URL gives away to its caller, and its own program asks for it as here.
void FactReader::read_risks(const Flow& flow, const Label& label, Facts& facts) {
  ndpi_risk found = flow.risk;
  if (flow.http.url != nullptr && label.is(NDPI_PROTOCOL_HTTP)) {
    const int risk = ndpi_validate_url(flow.http.url);
    if (risk > NDPI_NO_RISK && risk < NDPI_MAX_RISK) found |= ndpi_risk{1} << risk;
  }
  risks_.clear();
  for (int risk = NDPI_NO_RISK + 1; found != 0 && risk < NDPI_MAX_RISK; risk++) {
    if ((found >> risk & 1) == 0) continue;
    if (!risks_.empty()) risks_ += ';';
    risks_ += ndpi_risk2str(static_cast<ndpi_risk_enum>(risk));
  }
  facts.set(Fact::risks, risks_);
  uint16_t client = 0;
  uint16_t server = 0;
  facts.set_number(Fact::risk_score, found == 0 ? 0 : ndpi_risk2score(found, &client, &server));
  facts.set_number(Fact::risk_client_score, client);
  facts.set_number(Fact::risk_server_score, server);
}

void FactReader::read_tls(const Flow& flow, Facts& facts) {
  const auto& tls = flow.protos.tls_quic;
  facts.set(Fact::ja3, md5_text(ja3_client(tls, 0)));
  facts.set(Fact::ja3s, md5_text(tls.ja3_server));
  facts.set(Fact::tls_alpn, heap_text(alpn(tls, 0)));
  facts.set(Fact::tls_issuer, heap_text(tls.issuerDN, longest_long_text));
  facts.set(Fact::tls_subject, heap_text(tls.subjectDN, longest_long_text));
  if (tls.notBefore != 0) facts.set_number(Fact::tls_not_before_s, tls.notBefore);
  if (tls.notAfter != 0) facts.set_number(Fact::tls_not_after_s, tls.notAfter);
  if (wants(bit(Fact::tls_version)) && tls.ssl_version != 0) {
    uint8_t unknown = 0;
    facts.set(Fact::tls_version, heap_text(ndpi_ssl_version2str(version_, sizeof version_, tls.ssl_version, &unknown)));
  }
  if (ciphers_ != nullptr && tls.server_cipher != 0) facts.set(Fact::tls_cipher, cipher_ = ciphers_->name(tls.server_cipher));
}

// These stand outside the union.
void FactReader::read_http(const Flow& flow, const Label& label, Facts& facts) const {
  const auto& http = flow.http;
  facts.set(Fact::detected_os, heap_text(http.detected_os));
  if (label.is(NDPI_PROTOCOL_HTTP)) facts.set(Fact::http_host, text(flow.host_server_name));
  facts.set(Fact::http_url, heap_text(http.url, longest_long_text));
  facts.set(Fact::http_request_content_type, heap_text(http.request_content_type));
  facts.set(Fact::http_server, heap_text(http_server(http, 0)));
  if (http.method != NDPI_HTTP_METHOD_UNKNOWN) facts.set(Fact::http_method, heap_text(ndpi_http_method2str(http.method)));
  if (http.response_status_code != 0) facts.set_number(Fact::http_status, http.response_status_code);
}

void FactReader::read_dns(const Flow& flow, Facts& facts) {
  const auto& dns = flow.protos.dns;
  facts.set(Fact::dns_query, text(flow.host_server_name));
  if (dns.query_type != 0) facts.set_number(Fact::dns_query_type, dns.query_type);
  // The last message that nDPI saw was a response.
  if (dns.is_query) return;
  facts.set_number(Fact::dns_response_code, dns.reply_code);
  facts.set_number(Fact::dns_records, dns.num_answers);
  constexpr uint16_t a = 1;
  constexpr uint16_t aaaa = 28;
  if (dns.rsp_type != a && dns.rsp_type != aaaa) return;
  if (inet_ntop(dns.rsp_type == a ? AF_INET : AF_INET6, first_answer(dns, 0), address_, sizeof address_) != nullptr) {
    facts.set(Fact::dns_answer, text(address_));
  }
}

void FactReader::read_dhcp(const Flow& flow, Facts& facts) const {
  facts.set(Fact::dhcp_fingerprint, text(flow.protos.dhcp.fingerprint));
  facts.set(Fact::dhcp_class, text(flow.protos.dhcp.class_ident));
  facts.set(Fact::dhcp_host_name, text(flow.host_server_name));
}

}  // namespace nfstream::ndpi
