#include "engine/dissect/ndpi/ndpi_dissector.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>

#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/dissect/ndpi/host_rules.h"
#include "engine/dissect/ndpi/ndpi_facts.h"
#include "engine/dissect/ndpi/ndpi_names.h"
#include "engine/dissect/ndpi/rule_files.h"

namespace nfstream::ndpi {

namespace {

// nDPI 4.2 loops for ever on a DNS payload of more than about 65,344 bytes.
constexpr size_t longest_packet = 65000;
// Dissectors of 4.2 read a few bytes beyond a packet's end.
constexpr size_t slack = 64;

// nDPI forbids creating and destroying modules in parallel: shared tables and libgcrypt are set up there.
std::mutex modules_mutex;

// What nDPI has allocated and not freed on this thread, in blocks. A module's caches are made when they are first written to, and stay.
thread_local int64_t blocks_held = 0;

void* count_malloc(size_t size) {
  void* memory = std::malloc(size);
  if (memory != nullptr) blocks_held++;
  return memory;
}

void count_free(void* memory) {
  if (memory != nullptr) blocks_held--;
  std::free(memory);
}

struct FlowState {
  Flow flow;
  Label label;
  bool guessed;
};
static_assert(std::is_trivial_v<FlowState>, "start() makes a state of zeros");
static_assert(sizeof(FlowState) <= sizeof(Flow) + 8, "a state is little more than nDPI's own");

class NdpiDissector final : public Dissector {
 public:
  NdpiDissector(Module* module, FactMask facts) : module_(module), names_(module), facts_(facts), host_rules_(module) {}
  ~NdpiDissector() override { ndpi_exit_detection_module(module_); }

  size_t state_size() const override { return sizeof(FlowState); }
  void start(void* state) override { std::memset(state, 0, sizeof(FlowState)); }
  DissectProgress feed(void* state, const DissectInput& packet) override;
  void give_up(void* state) override;
  Verdict verdict(void* state) override;
  bool knows_hello(const void* state) const override { return FactReader::knows_hello(static_cast<const FlowState*>(state)->flow); }
  FlowLabel label_of_hello(const FlowLabel& found, const ReadHello& hello) override { return host_rules_.label_of_hello(found, hello); }
  void release(void* state) override;
  std::string_view application_name(uint16_t application) const override { return names_.application(application); }
  std::string_view category_name(uint16_t category) const override { return names_.category(category); }
  std::string_view breed_name(uint16_t application) const override { return names_.breed(application); }
  std::string_view confidence_name(uint8_t confidence) const override { return names_.confidence(confidence); }
  bool renew() override;

 private:
  // Calls nDPI, and counts the memory that it kept.
  template <typename Call>
  auto counted(Call call) {
    const int64_t before = blocks_held;
    auto result = call();
    blocks_kept_ += blocks_held - before;
    return result;
  }

  bool load(const DissectInput& packet);

  Module* module_;
  Names names_;
  FactReader facts_;
  HostRules host_rules_;
  uint64_t time_ms_ = 0;
  bool fed_ = false;
  int64_t blocks_kept_ = 0;
  // nDPI keeps pointers to the last packet, so that this lives as long as the module.
  std::unique_ptr<uint8_t[]> packet_{new uint8_t[longest_packet + slack]};
};

// Copies a packet to where nDPI may read beyond its end. False for one that nDPI must not see: a packet that is too long, and one of
// another transport protocol than the flow's, which 4.2 dereferences a null pointer for.
bool NdpiDissector::load(const DissectInput& packet) {
  if (packet.size > longest_packet) return false;
  std::memcpy(packet_.get(), packet.ip, packet.size);
  std::memset(packet_.get() + packet.size, 0, slack);
  uint8_t protocol = 0;
  if (ndpi_detection_get_l4(packet_.get(), static_cast<uint16_t>(packet.size), nullptr, nullptr, &protocol, 0) != 0) return false;
  return protocol == packet.protocol;
}

DissectProgress NdpiDissector::feed(void* memory, const DissectInput& packet) {
  FlowState& state = *static_cast<FlowState*>(memory);
  if (has_failed(state.flow)) return state.label.known() ? DissectProgress::finished : DissectProgress::searching;
  if (!load(packet)) return state.label.known() ? DissectProgress::partial : DissectProgress::searching;
  if (packet.time_ms > time_ms_) time_ms_ = packet.time_ms;
  fed_ = true;
  const ndpi_protocol found = counted([&] { return process(module_, &state.flow, packet_.get(), static_cast<uint16_t>(packet.size), time_ms_); });
  state.label = label_of(found);
  if (!state.label.known()) return DissectProgress::searching;
  return counted([&] { return more_to_come(module_, &state.flow, found); }) ? DissectProgress::partial : DissectProgress::finished;
}

void NdpiDissector::give_up(void* memory) {
  FlowState& state = *static_cast<FlowState*>(memory);
  if (state.label.known()) return;
  state.label = label_of(counted([&] { return ndpi::give_up(module_, &state.flow); }));
  state.guessed = state.label.known();
}

bool NdpiDissector::renew() {
  const bool learnt = has_lazy_caches ? blocks_kept_ != 0 : fed_;
  time_ms_ = 0;
  return !learnt;
}

void NdpiDissector::release(void* memory) {
  counted([&] {
    ndpi_free_flow_data(&static_cast<FlowState*>(memory)->flow);
    return true;
  });
}

Verdict NdpiDissector::verdict(void* memory) {
  const FlowState& state = *static_cast<FlowState*>(memory);
  Verdict verdict;
  verdict.master = state.label.master;
  verdict.application = state.label.application;
  verdict.category = state.label.category;
  verdict.guessed = state.guessed;
  verdict.confidence = names_.confidence_code(static_cast<size_t>(state.flow.confidence));
  verdict.by_address = HostRules::of_addresses(state.flow);
  facts_.read(state.flow, state.label, by_dissection(verdict.confidence), verdict.facts);
  return verdict;
}

LibraryLayout built_layout() {
#ifdef NDPI_API_VERSION
  return {sizeof(Flow), static_cast<uint16_t>(NDPI_API_VERSION)};
#else
  return {sizeof(Flow), ndpi_get_api_version()};
#endif
}

LibraryLayout loaded_layout() { return {ndpi_detection_get_sizeof_ndpi_flow_struct(), ndpi_get_api_version()}; }

void report(char* error, size_t size, const char* code, const std::string& sentence) {
  std::snprintf(error, size, "%s\t%s", code, sentence.c_str());
}

// With the modules' mutex held.
Dissector* make_dissector(const DissectorOptions& options, char* error, size_t error_size) {
  const std::string mismatch = layout_mismatch(built_layout(), loaded_layout());
  if (!mismatch.empty()) {
    report(error, error_size, "ERR_NFSTREAM_NDPI_MISMATCH", mismatch);
    return nullptr;
  }
  static std::once_flag once;
  std::call_once(once, [] {
    set_ndpi_malloc(count_malloc);
    set_ndpi_free(count_free);
  });
  std::unique_ptr<Module, decltype(&ndpi_exit_detection_module)> module(new_module(), ndpi_exit_detection_module);
  if (module != nullptr && enable_all(module.get())) {
    const RuleProblem problem = load_rules(module.get(), options);
    if (!problem.code.empty()) {
      report(error, error_size, problem.code.c_str(), problem.text);
      return nullptr;
    }
    if (finish(module.get())) {
      auto* dissector = new NdpiDissector(module.get(), options.facts);
      module.release();
      return dissector;
    }
  }
  report(error, error_size, "ERR_NFSTREAM_NO_NDPI", std::string("nDPI ") + ndpi_revision() + " could not set up a detection module.");
  return nullptr;
}

}  // namespace

std::string layout_mismatch(const LibraryLayout& built, const LibraryLayout& loaded) {
  if (built.flow_size == loaded.flow_size && built.api_version == loaded.api_version) return {};
  const auto layout = [](const LibraryLayout& one) {
    return std::to_string(one.flow_size) + " bytes a flow, API version " + std::to_string(one.api_version);
  };
  return "The libndpi that is loaded (" + layout(loaded) + ") is not the one that the addon was built for (" + layout(built) +
         "); build the addon again.";
}

bool by_dissection(uint8_t confidence) {
  constexpr uint8_t partial = 3;
  constexpr uint8_t whole = 6;
  constexpr uint8_t aggressive = 100;
  return (confidence >= partial && confidence <= whole) || confidence == aggressive;
}

uint8_t confidence_code(const char* name) {
  static constexpr struct {
    const char* name;
    uint8_t code;
  } codes[] = {
      {"Unknown", 0},     {"Match by port", 1}, {"nBPF", 2},        {"DPI (partial)", 3},      {"DPI (partial cache)", 4},
      {"DPI (cache)", 5}, {"DPI", 6},           {"Match by IP", 7}, {"DPI (aggressive)", 100}, {"Match by custom rule", 101},
  };
  constexpr uint8_t newer = 199;
  if (name == nullptr) return newer;
  for (const auto& known : codes) {
    if (std::strcmp(known.name, name) == 0) return known.code;
  }
  return newer;
}

}  // namespace nfstream::ndpi

int nfstream_dissector_abi() { return nfstream::dissector_abi; }

const char* nfstream_dissector_version() { return ndpi_revision(); }

nfstream::Dissector* nfstream_dissector_create(const nfstream::DissectorOptions& options, char* error, size_t error_size) {
  const std::lock_guard<std::mutex> lock(nfstream::ndpi::modules_mutex);
  try {
    return nfstream::ndpi::make_dissector(options, error, error_size);
  } catch (const std::exception& exception) {
    std::snprintf(error, error_size, "ERR_NFSTREAM_NO_NDPI\tnDPI could not set up a detection module: %s.", exception.what());
    return nullptr;
  }
}

void nfstream_dissector_destroy(nfstream::Dissector* dissector) {
  const std::lock_guard<std::mutex> lock(nfstream::ndpi::modules_mutex);
  delete dissector;
}
