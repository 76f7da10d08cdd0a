// Lets each allocation fail while nDPI is set up, takes rules and sees the packets of captures, and prints how each of these runs ended.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "faults/failing_memory.h"
#include "faults/ndpi_run.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

void print(const std::string& what, const Ends& ends) {
  std::printf("%s: %zu allocations\n", what.c_str(), ends.allocations);
  for (const auto& [end, count] : ends.ended) std::printf("  %7zu %s\n", count, end.c_str());
  for (const auto& [function, count] : ends.crashed) std::printf("  %7zu   crashed for want of what %s wanted\n", count, function.c_str());
  std::fflush(stdout);
}

void try_all(Failures failures, const DissectorOptions& rules, int count, char** captures) {
  print("setting up", fail_each_allocation(failures, [] { return set_up({}); }));
  print("setting up with rules", fail_each_allocation(failures, [&] { return set_up(rules); }));
  failures.every = 1;
  for (int i = 0; i < count; i++) {
    const CapturePackets packets(captures[i]);
    const std::string expected = flows_of(packets, *make_dissector());
    const DissectorHandle dissector = make_dissector();
    print(captures[i], fail_each_allocation(failures, [&]() -> std::string {
            const std::string flows = flows_of(packets, *dissector);
            return flows == expected ? "the same flows" : flows == "no memory" ? flows : "other flows";
          }));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const std::string folder = "/tmp/nfstream-allocations-" + std::to_string(std::rand());
  const std::string protocols = folder + ".protocols";
  const std::string categories = folder + ".categories";
  std::ofstream(protocols)
      << "tcp:81,udp:4000-4010@Shop\nhost:\"intranet.example\"@Intranet\nip:192.0.2.0/24:443@Shop\nip_risk_mask:192.168.1.0/24=0\nhost_risk_mask:\".home\"=0\n";
  std::ofstream(categories) << "shop.example\t21\n192.0.2.1\t5\n";
  const DissectorOptions rules = {~FactMask{0}, protocols.c_str(), categories.c_str()};
  Failures failures;
  failures.every = std::strtoul(arguments[1], nullptr, 10);
  for (const bool later_too : {false, true}) {
    failures.later_too = later_too;
    std::printf("With the reserve, %s:\n", later_too ? "and all later ones fail" : "one fails");
    try_all(failures, rules, count - 2, arguments + 2);
  }
  failures.from = Failures::From::ndpi;
  give_ndpi_no_reserve();
  for (const bool later_too : {false, true}) {
    failures.later_too = later_too;
    std::printf("nDPI %s alone, %s:\n", nfstream_dissector_version(), later_too ? "and all later ones fail" : "one fails");
    try_all(failures, rules, count - 2, arguments + 2);
  }
  std::remove(protocols.c_str());
  std::remove(categories.c_str());
}
