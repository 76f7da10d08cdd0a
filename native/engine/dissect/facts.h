// What a dissection can find out about a flow beside its label: texts, then numbers. A run copies only the facts that its columns need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/text/text_view.h"

namespace nfstream {

enum class Fact : uint8_t {
  // Texts: bytes from the network, not always UTF-8.
  server_name,
  client_fingerprint,  // as nfstream: JA3, HASSH or DHCP's option 55, by the label
  server_fingerprint,
  user_agent,
  content_type,
  risks,  // names, a ';' between two
  ja3,
  ja3s,
  tls_version,
  tls_cipher,
  tls_alpn,
  tls_issuer,
  tls_subject,
  http_method,
  http_host,
  http_url,
  http_request_content_type,
  http_server,
  dns_query,
  dns_answer,
  dhcp_fingerprint,
  dhcp_class,
  dhcp_host_name,
  detected_os,
  // Numbers.
  risk_score,
  risk_client_score,
  risk_server_score,
  tls_not_before_s,  // since the epoch
  tls_not_after_s,
  http_status,
  dns_query_type,
  dns_response_code,
  dns_records,
  count
};

constexpr size_t text_facts = static_cast<size_t>(Fact::risk_score);
constexpr size_t number_facts = static_cast<size_t>(Fact::count) - text_facts;

// No text is longer than this many bytes; of a URL and of a certificate's names, the second number.
constexpr size_t longest_text = 255;
constexpr size_t longest_long_text = 2048;

// A set of facts.
using FactMask = uint64_t;
static_assert(static_cast<size_t>(Fact::count) <= 64, "a mask has a bit for every fact");

constexpr FactMask bit(Fact fact) { return FactMask{1} << static_cast<unsigned>(fact); }
constexpr bool is_text(Fact fact) { return fact < Fact::risk_score; }

// nfstream's own columns.
constexpr FactMask nfstream_facts =
    bit(Fact::server_name) | bit(Fact::client_fingerprint) | bit(Fact::server_fingerprint) | bit(Fact::user_agent) | bit(Fact::content_type);

// The facts that were found. A text is never empty: an empty one is one that was not found.
class Facts {
 public:
  void set(Fact fact, std::string_view text) {
    if (text.empty()) return;
    texts_[static_cast<size_t>(fact)] = text;
    present_ |= bit(fact);
  }
  void set_number(Fact fact, int64_t number) {
    numbers_[static_cast<size_t>(fact) - text_facts] = number;
    present_ |= bit(fact);
  }

  FactMask present() const { return present_; }
  bool has(Fact fact) const { return (present_ & bit(fact)) != 0; }
  // Empty when it was not found.
  std::string_view text(Fact fact) const { return has(fact) ? texts_[static_cast<size_t>(fact)] : TextView(); }
  // Only of a number that was found.
  int64_t number(Fact fact) const { return numbers_[static_cast<size_t>(fact) - text_facts]; }

 private:
  FactMask present_ = 0;
  TextView texts_[text_facts];
  int64_t numbers_[number_facts];
};

}  // namespace nfstream
