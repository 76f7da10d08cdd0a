#include "engine/dissect/ndpi/ndpi_dissector.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <vector>

#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

namespace {

// nDPI 4.2 loops for ever on a DNS payload of more than about 65,344 bytes.
constexpr size_t longest_packet = 65000;
// Dissectors of 4.2 read a few bytes beyond a packet's end.
constexpr size_t slack = 64;
constexpr size_t longest_text = 255;

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

template <size_t Size>
std::string_view text(const char (&bytes)[Size]) {
  return {bytes, strnlen(bytes, Size)};
}

std::string_view heap_text(const char* bytes) {
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, strnlen(bytes, longest_text));
}

// JA3 and HASSH are MD5 sums. Anything else is what another dissector left in the union, perhaps without an end.
std::string_view md5_text(const char* bytes) {
  constexpr size_t digits = 32;
  for (size_t i = 0; i < digits; i++) {
    if (!std::isxdigit(static_cast<unsigned char>(bytes[i]))) return {};
  }
  return bytes[digits] == '\0' ? std::string_view(bytes, digits) : std::string_view();
}

class NdpiDissector final : public Dissector {
 public:
  explicit NdpiDissector(Module* module);
  ~NdpiDissector() override;

  size_t state_size() const override { return sizeof(FlowState); }
  void start(void* state) override { std::memset(state, 0, sizeof(FlowState)); }
  DissectProgress feed(void* state, const DissectInput& packet) override;
  void give_up(void* state) override;
  Verdict verdict(void* state) override;
  void release(void* state) override;
  std::string_view application_name(uint16_t application) const override;
  std::string_view category_name(uint16_t category) const override;
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
  void read_names();
  static void read_texts(const FlowState& state, Verdict& verdict);

  Module* module_;
  uint64_t time_ms_ = 0;
  bool fed_ = false;
  int64_t blocks_kept_ = 0;
  std::vector<std::string> applications_;
  std::vector<std::string> categories_;
  std::vector<uint8_t> confidences_;
  // nDPI keeps pointers to the last packet, so that this lives as long as the module.
  std::unique_ptr<uint8_t[]> packet_{new uint8_t[longest_packet + slack]};
};

NdpiDissector::NdpiDissector(Module* module) : module_(module) { read_names(); }

NdpiDissector::~NdpiDissector() { ndpi_exit_detection_module(module_); }

void NdpiDissector::read_names() {
  for (uint32_t id = 0; id < application_count(module_); id++) {
    const char* name = ndpi_get_proto_name(module_, static_cast<uint16_t>(id));
    applications_.emplace_back(name == nullptr || *name == '\0' ? "Unknown" : name);
  }
  for (int id = 0; id < NDPI_PROTOCOL_NUM_CATEGORIES; id++) {
    const char* name = ndpi_category_get_name(module_, static_cast<ndpi_protocol_category_t>(id));
    categories_.emplace_back(name == nullptr || *name == '\0' ? "Unspecified" : name);
  }
  for (int id = 0; id < NDPI_CONFIDENCE_MAX; id++) {
    confidences_.push_back(confidence_code(ndpi_confidence_get_name(static_cast<ndpi_confidence_t>(id))));
  }
}

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
  const size_t confidence = static_cast<size_t>(state.flow.confidence);
  verdict.confidence = confidence < confidences_.size() ? confidences_[confidence] : confidence_code(nullptr);
  verdict.server_name = text(state.flow.host_server_name);
  read_texts(state, verdict);
  return verdict;
}

// `protos` is a union: only the member that belongs to the label is read, in the order in which nfstream asks.
void NdpiDissector::read_texts(const FlowState& state, Verdict& verdict) {
  const auto is = [&](uint16_t protocol) { return state.label.master == protocol || state.label.application == protocol; };
  const auto& http = state.flow.http;
  const auto& protos = state.flow.protos;
  if (is(NDPI_PROTOCOL_DHCP)) {
    verdict.client_fingerprint = text(protos.dhcp.fingerprint);
  } else if (is(NDPI_PROTOCOL_HTTP)) {
    verdict.user_agent = heap_text(http.user_agent);
    verdict.content_type = heap_text(http.content_type);
  } else if (is(NDPI_PROTOCOL_SSH)) {
    verdict.client_fingerprint = md5_text(protos.ssh.hassh_client);
    verdict.server_fingerprint = md5_text(protos.ssh.hassh_server);
  } else if (is(NDPI_PROTOCOL_TLS) || is(NDPI_PROTOCOL_DTLS) || is(NDPI_PROTOCOL_QUIC) || is(NDPI_PROTOCOL_MAIL_SMTPS) ||
             is(NDPI_PROTOCOL_MAIL_IMAPS) || is(NDPI_PROTOCOL_MAIL_POPS)) {
    verdict.client_fingerprint = md5_text(ja3_client(protos.tls_quic, 0));
    verdict.server_fingerprint = md5_text(protos.tls_quic.ja3_server);
    verdict.user_agent = heap_text(http.user_agent);
  }
}

std::string_view NdpiDissector::application_name(uint16_t application) const {
  return application < applications_.size() ? std::string_view(applications_[application]) : "Unknown";
}

std::string_view NdpiDissector::category_name(uint16_t category) const {
  return category < categories_.size() ? std::string_view(categories_[category]) : "Unspecified";
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
Dissector* make_dissector(char* error, size_t error_size) {
  const std::string mismatch = layout_mismatch(built_layout(), loaded_layout());
  if (!mismatch.empty()) {
    report(error, error_size, "ERR_NFSTREAM_NDPI_MISMATCH", mismatch);
    return nullptr;
  }
  set_ndpi_malloc(count_malloc);
  set_ndpi_free(count_free);
  std::unique_ptr<Module, decltype(&ndpi_exit_detection_module)> module(new_module(), ndpi_exit_detection_module);
  if (module == nullptr || !enable_all(module.get())) {
    report(error, error_size, "ERR_NFSTREAM_NO_NDPI", std::string("nDPI ") + ndpi_revision() + " could not set up a detection module.");
    return nullptr;
  }
  auto* dissector = new NdpiDissector(module.get());
  module.release();
  return dissector;
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

nfstream::Dissector* nfstream_dissector_create(char* error, size_t error_size) {
  const std::lock_guard<std::mutex> lock(nfstream::ndpi::modules_mutex);
  try {
    return nfstream::ndpi::make_dissector(error, error_size);
  } catch (const std::exception& exception) {
    std::snprintf(error, error_size, "ERR_NFSTREAM_NO_NDPI\tnDPI could not set up a detection module: %s.", exception.what());
    return nullptr;
  }
}

void nfstream_dissector_destroy(nfstream::Dissector* dissector) {
  const std::lock_guard<std::mutex> lock(nfstream::ndpi::modules_mutex);
  delete dissector;
}
