#include "engine/dissect/flow_facts.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace nfstream;

namespace {

struct Free {
  void operator()(FlowFacts* facts) const { FlowFacts::free(facts); }
};
using Kept = std::unique_ptr<FlowFacts, Free>;

constexpr FactMask everything = ~FactMask{0};

std::string text_of(const Kept& kept, Fact fact) { return kept != nullptr && kept->has(fact) ? std::string(kept->text(fact)) : "none"; }
int64_t number_of(const Kept& kept, Fact fact) { return kept != nullptr && kept->has(fact) ? kept->number(fact) : -1; }

}  // namespace

TEST_CASE("facts are kept in any combination, each found by itself") {
  Facts facts;
  facts.set(Fact::server_name, "www.example.com");
  facts.set(Fact::detected_os, "Linux");
  facts.set(Fact::tls_issuer, "");
  facts.set_number(Fact::risk_score, 0);
  facts.set_number(Fact::dns_records, 1234567890123);
  const Kept kept(FlowFacts::make(facts, everything));
  CHECK(text_of(kept, Fact::server_name) == "www.example.com");
  CHECK(text_of(kept, Fact::detected_os) == "Linux");
  CHECK(text_of(kept, Fact::tls_issuer) == "none");
  CHECK(text_of(kept, Fact::ja3) == "none");
  CHECK(number_of(kept, Fact::risk_score) == 0);
  CHECK(number_of(kept, Fact::dns_records) == 1234567890123);
  CHECK(number_of(kept, Fact::http_status) == -1);
}

TEST_CASE("only wanted facts are kept, and without one there is no block") {
  Facts facts;
  facts.set(Fact::http_url, "/a");
  facts.set_number(Fact::http_status, 200);
  const Kept kept(FlowFacts::make(facts, bit(Fact::http_status)));
  CHECK(text_of(kept, Fact::http_url) == "none");
  CHECK(number_of(kept, Fact::http_status) == 200);
  CHECK(Kept(FlowFacts::make(facts, bit(Fact::ja3))) == nullptr);
  CHECK(Kept(FlowFacts::make(facts, 0)) == nullptr);
  CHECK(Kept(FlowFacts::make(Facts(), everything)) == nullptr);
}

TEST_CASE("bytes that are no UTF-8 become U+FFFD in every text, and NUL stays") {
  for (size_t i = 0; i < text_facts; i++) {
    CAPTURE(i);
    const Fact fact = static_cast<Fact>(i);
    Facts facts;
    facts.set(fact, std::string_view("a\xff\0\xc3\xa9\xc3", 6));
    const Kept kept(FlowFacts::make(facts, everything));
    CHECK(text_of(kept, fact) == std::string("a\xef\xbf\xbd\0\xc3\xa9\xef\xbf\xbd", 10));
  }
}

TEST_CASE("the longest text fits, each of its bytes replaced") {
  const std::string bad(longest_long_text, '\xff');
  Facts facts;
  facts.set(Fact::http_url, bad);
  facts.set(Fact::http_server, "nginx");
  const Kept kept(FlowFacts::make(facts, everything));
  CHECK(text_of(kept, Fact::http_url).size() == 3 * longest_long_text);
  CHECK(text_of(kept, Fact::http_server) == "nginx");
}
