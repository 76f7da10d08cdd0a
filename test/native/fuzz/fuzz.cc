// fuzz FOLDER N [SEED]: every capture of a folder whole, cut after each tenth and N times with bytes changed, through the whole engine.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/dissect/dissector.h"
#include "fuzz/pipeline.h"

using namespace nfstream;
using namespace nfstream::fuzz;

extern "C" void __sanitizer_set_death_callback(void (*callback)());

#ifdef WITH_NDPI
extern "C" Dissector* nfstream_dissector_create(const DissectorOptions& options, char* error, size_t error_size);
extern "C" void nfstream_dissector_destroy(Dissector* dissector);
#endif

namespace {

// nDPI keeps what it learns of hosts: a module that is renewed keeps a finding reproducible from few variants.
constexpr unsigned variants_per_module = 1000;
constexpr unsigned seconds_per_variant = 120;

char running[512] = "nothing";

void tell_running() {
  constexpr char text[] = "\nwhile running: ";
  if (write(2, text, sizeof text - 1) < 0 || write(2, running, std::strlen(running)) < 0 || write(2, "\n", 1) < 0) return;
}

void too_long(int) {
  tell_running();
  constexpr char text[] = "It takes too long.\n";
  _exit(write(2, text, sizeof text - 1) < 0 ? 3 : 2);
}

// One dissector for each of up to two meters.
class Modules {
 public:
  ~Modules() { release(); }
  std::vector<Dissector*> get(size_t meters) {
    if (uses_++ % variants_per_module == 0) renew();
    return {dissectors_, dissectors_ + meters};
  }

 private:
#ifdef WITH_NDPI
  void renew() {
    release();
    for (Dissector*& dissector : dissectors_) {
      char error[512] = "";
      DissectorOptions everything;
      everything.facts = ~FactMask{0};
      dissector = nfstream_dissector_create(everything, error, sizeof error);
      if (dissector != nullptr) continue;
      std::fprintf(stderr, "%s\n", error);
      std::exit(2);
    }
  }
  void release() {
    for (Dissector*& dissector : dissectors_) {
      if (dissector != nullptr) nfstream_dissector_destroy(dissector);
      dissector = nullptr;
    }
  }
#else
  void renew() {}
  void release() {}
#endif
  unsigned uses_ = 0;
  Dissector* dissectors_[2] = {};
};

Bytes read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::filesystem::path> captures_in(const char* folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: %s FOLDER N [SEED]\n", arguments[0]);
    return 2;
  }
  const unsigned flips = static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10));
  const unsigned long seed = count > 3 ? std::strtoul(arguments[3], nullptr, 10) : 1;
  const auto paths = captures_in(arguments[1]);
  if (paths.empty()) {
    std::fprintf(stderr, "No captures in %s.\n", arguments[1]);
    return 2;
  }
  __sanitizer_set_death_callback(tell_running);
  signal(SIGALRM, too_long);
  Pipeline pipeline;
  Modules modules;
  uint64_t variants = 0;
  for (const auto& path : paths) {
    const Bytes capture = read_whole(path);
    Random random(seed);
    for (unsigned number = 0; number < fixed_variants + flips; ++number, ++variants) {
      const Variant variant = variant_of(capture, number, random);
      std::snprintf(running, sizeof running, "%s, %s, seed %lu", path.filename().c_str(), variant.name.c_str(), seed);
      alarm(seconds_per_variant);
      if (const char* broken = pipeline.run(variant, random, modules.get(number % 4 == 1 ? 2 : 1))) {
        std::fprintf(stderr, "%s: %s\n", running, broken);
        return 1;
      }
    }
  }
  alarm(0);
  const Totals& totals = pipeline.totals();
  std::printf("%" PRIu64 " variants of %zu captures (%" PRIu64 " damaged): %" PRIu64 " packets, %" PRIu64 " ignored, %" PRIu64 " flows\n", variants,
              paths.size(), totals.damaged, totals.packets, totals.ignored, totals.flows);
  return 0;
}
