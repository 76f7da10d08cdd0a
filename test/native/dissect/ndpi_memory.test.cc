#include "engine/dissect/ndpi/ndpi_memory.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "faults/failing_memory.h"
#include "faults/ndpi_run.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

// A file that is there as long as this is.
class RuleFile {
 public:
  RuleFile(const char* path, const std::string& content) : path_(path) {
    FILE* file = std::fopen(path, "w");
    REQUIRE(file != nullptr);
    REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
    REQUIRE(std::fclose(file) == 0);
  }
  ~RuleFile() { std::remove(path_); }

 private:
  const char* path_;
};

// `end` for every allocation.
void check_all(const Ends& ends, const std::string& end, const Failures& failures) {
  REQUIRE(ends.allocations > failures.skip);
  const size_t tried = (ends.allocations - failures.skip + failures.every - 1) / failures.every;
  CHECK(ends.ended == std::map<std::string, size_t>{{end, tried}});
}

const char* const captures[] = {"dhcp", "dns", "ftp", "http", "mdns", "ntp", "quic", "smtp", "ssh", "stun", "tls"};

}  // namespace

TEST_CASE("without memory nDPI is not set up, whichever allocation fails, and that is said") {
  const char* const protocols = "/tmp/nfstream-memory-protocols.txt";
  const char* const categories = "/tmp/nfstream-memory-categories.txt";
  const RuleFile first(protocols, "tcp:81,udp:4000-4010@Shop\nhost:\"intranet.example\"@Intranet\nip:192.0.2.0/24:443@Shop\nip_risk_mask:192.168.1.0/24=0\n");
  const RuleFile second(categories, "shop.example\t21\n192.0.2.1\t5\n");
  for (const bool later_too : {false, true}) {
    CAPTURE(later_too);
    const Failures failures = {Failures::From::engine, later_too, 1};
    check_all(fail_each_allocation(failures, [&] { return set_up({~FactMask{0}, protocols, categories}); }), "ERR_NFSTREAM_MEMORY", failures);
  }
}

TEST_CASE("the reserve is enough for rules that are many names of hosts") {
  const char* const protocols = "/tmp/nfstream-memory-hosts.txt";
  std::string rules;
  for (int i = 0; i < 3000; i++) rules += "host:\"" + std::to_string(i * 2654435761u) + "." + std::to_string(i * 40503u % 65536) + ".example\"@Shop\n";
  const RuleFile file(protocols, rules);
  // There is the reserve, and nothing else.
  const Failures failures = {Failures::From::engine, true, 1, 1};
  check_all(fail_each_allocation(failures, [&] { return set_up({~FactMask{0}, protocols, nullptr}); }), "ERR_NFSTREAM_MEMORY", failures);
}

TEST_CASE("a run ends with the want of memory, whichever allocation of the engine and of nDPI fails while it sees packets") {
  for (const char* name : captures) {
    CAPTURE(name);
    const CapturePackets packets(std::string("../../fixtures/") + name + ".pcap");
    const DissectorHandle dissector = make_dissector();
    for (const bool later_too : {false, true}) {
      CAPTURE(later_too);
      const Failures failures = {Failures::From::engine, later_too, 1};
      check_all(fail_each_allocation(failures, [&]() -> std::string { return flows_of(packets, *dissector) == "no memory" ? "no memory" : "flows"; }),
                "no memory", failures);
    }
  }
}

TEST_CASE("what was taken without memory can be released, and no other run begins with it") {
  const CapturePackets packets("../../fixtures/tls.pcap");
  const DissectorHandle dissector = make_dissector();
  const Failures failures = {Failures::From::engine, false, 1};
  const auto run = [&]() -> std::string {
    {
      FlowUnderTest flow(*dissector);
      Connection connection(flow, 443);
      connection.from_client(client_hello("www.wikipedia.org"));
      if (flow.label() != "TLS.Wikipedia") return "no label";
    }
    return "a label";
  };
  const Ends ends = fail_each_allocation(failures, [&]() -> std::string {
    try {
      return run();
    } catch (const std::bad_alloc&) {
    }
    if (dissector->renew()) return "it begins another run";
    try {
      run();
    } catch (const std::bad_alloc&) {
      return "no memory";
    }
    return "it goes on";
  });
  check_all(ends, "no memory", failures);
}

TEST_CASE("a reserve: blocks of malloc's and its own, made larger and given back") {
  ndpi::Memory memory(4096);
  memory.end_set_up();
  CHECK(memory.reserve() == 4096);
  void* before = memory.take(100);
  std::memset(before, 'a', 100);
  CHECK(memory.blocks() == 1);
  CHECK_NOTHROW(memory.check());
  const Ends ends = fail_each_allocation({Failures::From::engine, true, 1}, [&]() -> std::string {
    auto* block = static_cast<char*>(memory.take(10));
    if (block == nullptr) return "no block";
    if (!memory.failed()) {
      memory.give_back(block);
      return "a block";
    }
    std::memset(block, 'b', 10);
    block = static_cast<char*>(memory.take_again(block, 1000));
    if (block == nullptr || block[0] != 'b' || block[9] != 'b' || reinterpret_cast<uintptr_t>(block) % 16 != 0) return "a block that is not the larger one";
    auto* grown = static_cast<char*>(memory.take_again(before, 500));
    if (grown == nullptr || grown[99] != 'a') return "malloc's block is not larger";
    if (memory.take(4096) != nullptr) return "more than there is";
    memory.give_back(grown);
    memory.give_back(block);
    memory.give_back(nullptr);
    if (memory.blocks() != 0) return std::to_string(memory.blocks()) + " blocks";
    try {
      memory.check();
    } catch (const std::bad_alloc&) {
      return "as it should be";
    }
    return "no error";
  });
  CHECK(ends.ended == std::map<std::string, size_t>{{"as it should be", 1}});
  memory.give_back(before);
  CHECK(memory.blocks() == 0);
}

// This is why there is a reserve; docs/ndpi.md has the figures.
TEST_CASE("nDPI alone does not say what it lacks for want of memory, and 4.2 crashes while it is set up") {
  give_ndpi_no_reserve();
  const Ends setting_up = fail_each_allocation({Failures::From::ndpi, false, 4001}, [] { return set_up({}); });
  CHECK(setting_up.ended.count("made") == 1);
  if (std::string(nfstream_dissector_version()).compare(0, 4, "4.2.") == 0) CHECK(setting_up.ended.count("crash") == 1);
  const CapturePackets packets("../../fixtures/tls.pcap");
  const DissectorHandle dissector = make_dissector();
  const std::string expected = flows_of(packets, *make_dissector());
  const Ends flows = fail_each_allocation({Failures::From::ndpi, false, 1},
                                          [&]() -> std::string { return flows_of(packets, *dissector) == expected ? "the same" : "others"; });
  ndpi::install_memory();
  CHECK(flows.ended.count("others") == 1);
}
