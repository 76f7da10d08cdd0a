#include "engine/dissect/ndpi/ndpi_dissector.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>

#include "engine/dissect/ndpi/address_answers.h"
#include "engine/dissect/ndpi/host_rules.h"
#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/dissect/ndpi/ndpi_dispatch.h"
#include "engine/dissect/ndpi/ndpi_facts.h"
#include "engine/dissect/ndpi/ndpi_memory.h"
#include "engine/dissect/ndpi/ndpi_names.h"
#include "engine/dissect/ndpi/rule_files.h"

namespace nfstream::ndpi {

namespace {

// nDPI takes sizes of 16 bits, and 4.2 loops for ever on a DNS payload of more than about 65,344 bytes.
static_assert(most_dissected_bytes < 65344);
// Dissectors of 4.2 read a few bytes beyond a packet's end.
constexpr size_t slack = 64;

// nDPI forbids creating and destroying modules in parallel: shared tables and libgcrypt are set up there.
std::mutex modules_mutex;

// What nDPI may still want in a call after an allocation has failed: twice what setting up a module takes, ten times what any packet of the test
// captures takes.
constexpr size_t setup_reserve = 16 << 20;
constexpr size_t call_reserve = 4 << 20;

struct FlowState {
  Flow flow;
  Label label;
  bool guessed;
};
static_assert(std::is_trivial_v<FlowState>, "start() makes a state of zeros");
static_assert(sizeof(FlowState) <= sizeof(Flow) + 8, "a state is little more than nDPI's own");

class NdpiDissector final : public Dissector {
 public:
  // Owns the module when it is made.
  NdpiDissector(std::unique_ptr<Memory>& memory, Module* module, FactMask facts, bool memory_is_told)
      : names_(module), facts_(facts), host_rules_(module), dispatch_(Dispatch::of(module)), memory_(std::move(memory)), module_(module),
        tells_caches_(has_lazy_caches && memory_is_told), blocks_at_first_(memory_->blocks()) {}
  ~NdpiDissector() override {
    const MemoryUse use(memory_.get());
    ndpi_exit_detection_module(module_);
  }

  size_t state_size() const noexcept override { return sizeof(FlowState); }
  void start(void* state) noexcept override { std::memset(state, 0, sizeof(FlowState)); }
  bool knows_hello(const void* state) const noexcept override { return FactReader::knows_hello(static_cast<const FlowState*>(state)->flow); }
  void release(void* state) noexcept override;
  TextView application_name(uint16_t application) const noexcept override { return names_.application(application); }
  TextView category_name(uint16_t category) const noexcept override { return names_.category(category); }
  TextView breed_name(uint16_t application) const noexcept override { return names_.breed(application); }
  TextView confidence_name(uint8_t confidence) const noexcept override { return names_.confidence(confidence); }
  bool renew() noexcept override;

 protected:
  DissectProgress try_feed(void* state, const DissectInput& packet) noexcept override {
    return guarded(DissectProgress::searching, [&] { return feed_state(state, packet); });
  }
  void try_give_up(void* state) noexcept override {
    guarded(0, [&] { return give_state_up(state), 0; });
  }
  Verdict try_verdict(void* state) noexcept override {
    return guarded(Verdict(), [&] { return verdict_of(state); });
  }
  FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello& hello) noexcept override {
    return guarded(FlowLabel(), [&] { return hello_label(found, hello); });
  }
  bool out_of_memory() const noexcept override { return out_of_memory_; }

 private:
  DissectProgress feed_state(void* state, const DissectInput& packet);
  void give_state_up(void* state);
  Verdict verdict_of(void* state);
  FlowLabel hello_label(const FlowLabel& found, const ReadHello& hello);

  // No exception leaves the module.
  template <typename Answer, typename Call>
  Answer guarded(Answer without_memory, Call call) noexcept {
    try {
      return call();
    } catch (const std::bad_alloc&) {
      out_of_memory_ = true;
      return without_memory;
    }
  }

  // Calls nDPI, whose answer counts only while it has the memory that it wants.
  template <typename Call>
  auto ask(Call call) {
    memory_->check();
    const MemoryUse memory(memory_.get());
    const DispatchUse dispatch(dispatch_.get());
    const AddressAnswersUse address_answers(&address_answers_);
    auto answer = call();
    memory_->check();
    return answer;
  }

  uint16_t load(const DissectInput& packet);

  Names names_;
  FactReader facts_;
  HostRules host_rules_;
  std::unique_ptr<const Dispatch> dispatch_;
  AddressAnswers address_answers_;
  // nDPI keeps pointers to the last packet, so that this lives as long as the module.
  std::unique_ptr<uint8_t[]> packet_{new uint8_t[most_dissected_bytes + slack]};
  std::unique_ptr<Memory> memory_;
  Module* module_;
  // A module's caches are made when they are first written to, and stay.
  bool tells_caches_;
  int64_t blocks_at_first_;
  uint64_t time_ms_ = 0;
  bool fed_ = false;
  bool out_of_memory_ = false;
};

// nDPI skips a packet whose header tells of more bytes than it is given, and takes a length of 0 (segmentation offload's, or one that 16 bits
// cannot tell) at its word.
void tell_length(uint8_t* ip, uint16_t size, bool cut) {
  constexpr uint16_t ipv6_header = 40;
  const bool v4 = ip[0] >> 4 == 4;
  if (size < (v4 ? 20 : ipv6_header)) return;
  uint8_t* field = ip + (v4 ? 2 : 4);
  const unsigned told = field[0] << 8 | field[1];
  const uint16_t length = v4 ? size : size - ipv6_header;
  if (told != 0 && (!cut || told <= length)) return;
  field[0] = static_cast<uint8_t>(length >> 8);
  field[1] = static_cast<uint8_t>(length);
}

// Copies a packet, as much of it as nDPI takes, to where nDPI may read beyond its end. Gives the bytes that it has there, 0 for one that
// nDPI must not see: of another transport protocol than the flow's, which 4.2 dereferences a null pointer for.
uint16_t NdpiDissector::load(const DissectInput& packet) {
  const auto size = static_cast<uint16_t>(std::min(packet.size, most_dissected_bytes));
  std::memcpy(packet_.get(), packet.ip, size);
  std::memset(packet_.get() + size, 0, slack);
  tell_length(packet_.get(), size, packet.size > size);
  uint8_t protocol = 0;
  if (ndpi_detection_get_l4(packet_.get(), size, nullptr, nullptr, &protocol, 0) != 0) return 0;
  return protocol == packet.protocol ? size : 0;
}

DissectProgress NdpiDissector::feed_state(void* memory, const DissectInput& packet) {
  FlowState& state = *static_cast<FlowState*>(memory);
  if (has_failed(state.flow)) return state.label.known() ? DissectProgress::finished : DissectProgress::searching;
  const uint16_t size = load(packet);
  if (size == 0) return state.label.known() ? DissectProgress::partial : DissectProgress::searching;
  if (packet.time_ms > time_ms_) time_ms_ = packet.time_ms;
  fed_ = true;
  const ndpi_protocol found = ask([&] { return process(module_, &state.flow, packet_.get(), size, time_ms_); });
  state.label = label_of(found);
  if (!state.label.known()) return DissectProgress::searching;
  return ask([&] { return more_to_come(module_, &state.flow, found); }) ? DissectProgress::partial : DissectProgress::finished;
}

void NdpiDissector::give_state_up(void* memory) {
  FlowState& state = *static_cast<FlowState*>(memory);
  if (state.label.known()) return;
  state.label = label_of(ask([&] { return ndpi::give_up(module_, &state.flow); }));
  state.guessed = state.label.known();
}

bool NdpiDissector::renew() noexcept {
  const bool learnt = tells_caches_ ? memory_->blocks() != blocks_at_first_ : fed_;
  time_ms_ = 0;
  return !learnt && !memory_->failed() && !out_of_memory_;
}

FlowLabel NdpiDissector::hello_label(const FlowLabel& found, const ReadHello& hello) {
  return ask([&] { return host_rules_.label_of_hello(found, hello); });
}

void NdpiDissector::release(void* memory) noexcept {
  const MemoryUse use(memory_.get());
  ndpi_free_flow_data(&static_cast<FlowState*>(memory)->flow);
}

Verdict NdpiDissector::verdict_of(void* memory) {
  const FlowState& state = *static_cast<FlowState*>(memory);
  Verdict verdict;
  verdict.master = state.label.master;
  verdict.application = state.label.application;
  verdict.category = state.label.category;
  verdict.guessed = state.guessed;
  verdict.confidence = names_.confidence_code(static_cast<size_t>(state.flow.confidence));
  verdict.by_address = HostRules::of_addresses(state.flow);
  return ask([&] {
    facts_.read(state.flow, state.label, by_dissection(verdict.confidence), verdict.facts);
    return verdict;
  });
}

LibraryLayout built_layout() {
#ifdef NDPI_API_VERSION
  return {sizeof(Flow), static_cast<uint16_t>(NDPI_API_VERSION)};
#else
  return {sizeof(Flow), ndpi_get_api_version()};
#endif
}

LibraryLayout loaded_layout() { return {ndpi_detection_get_sizeof_ndpi_flow_struct(), ndpi_get_api_version()}; }

void report(char* error, size_t size, const char* code, const std::string& sentence) { std::snprintf(error, size, "%s\t%s", code, sentence.c_str()); }

// With the modules' mutex held.
Dissector* make_dissector(const DissectorOptions& options, char* error, size_t error_size) {
  const std::string mismatch = layout_mismatch(built_layout(), loaded_layout());
  if (!mismatch.empty()) {
    report(error, error_size, "ERR_NFSTREAM_NDPI_MISMATCH", mismatch);
    return nullptr;
  }
  static const bool memory_is_told = install_memory();
  auto memory = std::make_unique<Memory>(setup_reserve);
  Memory& used = *memory;
  const MemoryUse use(&used);
  std::unique_ptr<Module, decltype(&ndpi_exit_detection_module)> module(new_module(), ndpi_exit_detection_module);
  used.check();
  if (module != nullptr && enable_all(module.get())) {
    const RuleProblem problem = load_rules(module.get(), options, used);
    used.check();
    if (!problem.code.empty()) {
      report(error, error_size, problem.code.c_str(), problem.text);
      return nullptr;
    }
    const bool finished = finish(module.get());
    used.check();
    if (finished) {
      used.set_reserve(call_reserve);
      used.end_set_up();
      auto* dissector = new NdpiDissector(memory, module.get(), options.facts, memory_is_told);
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
  const auto layout = [](const LibraryLayout& one) { return std::to_string(one.flow_size) + " bytes a flow, API version " + std::to_string(one.api_version); };
  return "The libndpi that is loaded (" + layout(loaded) + ") is not the one that the addon was built for (" + layout(built) + "); build the addon again.";
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
  } catch (const std::bad_alloc&) {
    std::snprintf(error, error_size, "ERR_NFSTREAM_MEMORY\tThere is no memory left to set nDPI up. Lower meters, or do without labels: dissections 0.");
    return nullptr;
  } catch (const std::exception& exception) {
    std::snprintf(error, error_size, "ERR_NFSTREAM_NO_NDPI\tnDPI could not set up a detection module: %s.", exception.what());
    return nullptr;
  }
}

void nfstream_dissector_destroy(nfstream::Dissector* dissector) {
  const std::lock_guard<std::mutex> lock(nfstream::ndpi::modules_mutex);
  delete dissector;
}
