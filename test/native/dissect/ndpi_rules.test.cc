#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "dissect/ndpi_packets.h"
#include "dissect/temporary_file.h"
#include "engine/dissect/ndpi/rule_files.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

// A file that is there as long as this is.
std::string problem_of(const DissectorOptions& options) {
  char error[1024] = "";
  const DissectorHandle made(nfstream_dissector_create(options, error, sizeof error));
  CHECK((made == nullptr) == (*error != '\0'));
  return error;
}

const ndpi::RuleGrammar newest = {true, true, true, 107};

}  // namespace

TEST_CASE("rules of protocols: what is one") {
  const char* const good[] = {
      "tcp:81,tcp:8181@HTTP",
      "udp:5061-5062@SIP",
      "host:\"a.example\",host:\"*.b.example\"@Shop",
      "ip:192.0.2.1@Shop",
      "ip:192.0.2.0/24:443@Shop",
      "ip:192.0.2.1:443@Shop",
      "trusted_issuer_dn:\"CN=813, O=Code42, C=US\"",
      "ip_risk_mask:192.168.1.0/24=0",
      "host_risk_mask:\".home\"=0",
      "# a comment @ tcp",
      "",
      "   ",
      "ip:192.0.2.1,tcp:81,host:\"x\"@Mixed",
  };
  for (const char* line : good) {
    CAPTURE(line);
    std::string rules;
    CHECK(ndpi::check_protocols(line, {}, rules).text == "");
  }
  for (const char* line :
       {"ipv6:[2001:db8::]/64:443@Shop", "ipv6:[2001:db8::1]@Shop", "ipv6:[2001:db8::1]:80@Shop=4000", "nbpf:\"host 192.0.2.1 and port 80, or more\"@Shop"}) {
    CAPTURE(line);
    std::string rules;
    CHECK(ndpi::check_protocols(line, newest, rules).text == "");
    CHECK(ndpi::check_protocols(line, {}, rules).text != "");
  }
}

TEST_CASE("rules of protocols: what is none, and on which line") {
  const char* const bad[] = {
      "nonsense",
      "tcp:81",
      "tcp:81@",
      "tcp:@HTTP",
      "tcp:0@HTTP",
      "tcp:65536@HTTP",
      "tcp:9-8@HTTP",
      "tcp:x@HTTP",
      "tcp:81,@HTTP",
      "@HTTP",
      ",tcp:81@HTTP",
      "sctp:81@HTTP",
      "host:@Shop",
      "host:\"\"@Shop",
      "host:\"@Shop",
      "host:a.example@Shop",
      "host:\"a b\"@Shop",
      "ip:@Shop",
      "ip:192.0.2@Shop",
      "ip:192.0.2.1/33@Shop",
      "ip:192.0.2.1:0@Shop",
      "ip:2001:db8::1@Shop",
      "ip:www.example.com@Shop",
      "tcp:81@My Shop",
      "tcp:81@Shop=0",
      "ip_risk_mask:x=0",
      "ip_risk_mask:192.0.2.1",
      "ip_risk_mask:192.0.2.1=x",
      "host_risk_mask:home=0",
      "trusted_issuer_dn:CN=x",
      " tcp:81@HTTP",
      "tcp: 81@HTTP",
      "tcp:99999999999999999999999@HTTP",
      "ipv6:[2001:db8::1@Shop",
      "ipv6:2001:db8::1@Shop",
      "ipv6:[2001:db8::1]x@Shop",
      "nbpf:port@Shop",
  };
  for (const char* line : bad) {
    CAPTURE(line);
    std::string rules;
    const ndpi::BadLine found = ndpi::check_protocols(std::string("# first\n\ntcp:81@HTTP\n") + line + "\ntcp:82@HTTP", newest, rules);
    CHECK(found.line == 4);
    CHECK(found.text != "");
  }
}

TEST_CASE("rules are handed over without comments, with every line ended") {
  std::string rules;
  CHECK(ndpi::check_protocols("# first\r\ntcp:81@HTTP  \r\n\n\tudp:1@X", {}, rules).line == 4);
  rules.clear();
  CHECK(ndpi::check_protocols("# first\r\ntcp:81@HTTP  \r\n\nudp:1@X", {}, rules).text == "");
  CHECK(rules == "tcp:81@HTTP\nudp:1@X\n");
  rules.clear();
  CHECK(ndpi::check_protocols(std::string("tcp:81@HTTP\n\0", 13), {}, rules).text == "the file is not text");
}

TEST_CASE("rules of categories") {
  const char* const good[] = {"shop.example\t99", "192.0.2.1\t5", "192.0.2.0/24\t106", "# x", ""};
  for (const char* line : good) {
    CAPTURE(line);
    std::string rules;
    CHECK(ndpi::check_categories(line, {}, rules).text == "");
  }
  const std::string bad[] = {
      "shop.example 99", "shop.example", "shop.example\t", "shop.example\t0",     "shop.example\t107",           "shop.example\tx", "\t99", "a b\t99",
      "192.0.2.0/33\t5", "a/b\t5",       "2001:db8::1\t5", "shop.example\t99\t1", std::string(600, 'x') + "\t99"};
  for (const std::string& line : bad) {
    CAPTURE(line);
    std::string rules;
    CHECK(ndpi::check_categories("a\t1\n" + line, {}, rules).line == 2);
  }
  std::string rules;
  CHECK(ndpi::check_categories("2001:db8::1\t5\n2001:db8::/32\t5", newest, rules).text == "");
  CHECK(ndpi::check_categories("2001:db8::/129\t5", newest, rules).text != "");
}

TEST_CASE("custom rules give labels and categories of their own") {
  const TemporaryFile protocols("udp:4000@MyTelemetry\nhost:\"intranet.example\"@MyIntranet");
  const TemporaryFile categories("shop.example\t21\r\n");
  const auto dissector = make_dissector({0, protocols.path(), categories.path()});
  REQUIRE(dissector != nullptr);
  FlowUnderTest telemetry(*dissector);
  send_udp(telemetry, client_end, {0x0a000002, 4000}, "anything");
  telemetry.give_up();
  CHECK(telemetry.label() == "MyTelemetry");
  const auto plain = make_dissector();
  const struct {
    const char* host;
    const char* label;
    const char* category;
  } cases[] = {{"www.intranet.example", "TLS.MyIntranet", "Web"}, {"www.shop.example", "TLS", "User custom category 2"}, {"www.other.example", "TLS", "Web"}};
  for (const auto& one : cases) {
    CAPTURE(one.host);
    FlowUnderTest flow(*dissector);
    Connection connection(flow, 443);
    connection.from_client(client_hello(one.host));
    CHECK(flow.label() == one.label);
    CHECK(flow.category() == one.category);
    // A module without files knows neither.
    FlowUnderTest known(*plain);
    Connection other(known, 443);
    other.from_client(client_hello(one.host));
    CHECK(known.label() == "TLS");
    CHECK(known.category() == "Web");
  }
}

TEST_CASE("what is wrong with a file is said by name and line") {
  const TemporaryFile bad("tcp:81@HTTP\ntcp:99999@HTTP\n");
  CHECK(problem_of({0, bad.path(), nullptr}) ==
        "ERR_NFSTREAM_RULES\tLine 2 of " + std::string(bad.path()) +
            " is no rule for protocolsFile: tcp has \"99999\" where a port from 1 to 65535 or two with a - between should be.");
  CHECK(problem_of({0, nullptr, bad.path()}).find("ERR_NFSTREAM_RULES\tLine 1 of ") == 0);
  CHECK(problem_of({0, "/nowhere/rules.txt", nullptr}) ==
        "ERR_NFSTREAM_NO_SUCH_FILE\tThe file /nowhere/rules.txt of the option protocolsFile cannot be read: No such file or directory.");
  CHECK(problem_of({0, nullptr, "/tmp"}).find("ERR_NFSTREAM_IS_DIRECTORY\t") == 0);
  std::string many;
  for (int i = 0; i < 600; i++) many += "tcp:" + std::to_string(10000 + i) + "@Protocol" + std::to_string(i) + "\n";
  const TemporaryFile full(many);
  CHECK(problem_of({0, full.path(), nullptr}).find("ERR_NFSTREAM_RULES\tprotocolsFile has 600 new protocols; nDPI ") == 0);
}

TEST_CASE("nDPI's own examples are rules") {
  for (const char* path : {"/usr/share/ndpi/ndpiProtos.txt", "/usr/share/doc/libndpi-dev/protos.txt"}) {
    FILE* file = std::fopen(path, "r");
    if (file == nullptr) continue;
    std::fclose(file);
    CHECK(problem_of({0, path, nullptr}) == "");
  }
}
