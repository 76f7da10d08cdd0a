#include "engine/capture/packet_filter.h"

#include <pcap/pcap.h>
#include <pthread.h>

#include <algorithm>
#include <new>

#include "engine/decode/link.h"
#include "engine/decode/tags.h"

namespace nfstream {

namespace {

constexpr int longest_packet = 262144;
constexpr const char* no_memory = "there is no memory to compile it";
// libpcap goes down as many calls as a program has branches, up to three for each character of an expression. Up to so many characters any
// thread's stack is enough; `deep_stack` bytes are for the most that lib/capture/capture-filter.ts lets through.
constexpr size_t shallow = 128;
constexpr size_t deep_stack = 128 << 20;

// What libpcap's program looks at, and what it is told that is.
struct Target {
  int dlt;
  const uint8_t* bytes;
  uint32_t captured;
  uint32_t wire;
};

// LINKTYPE_ values are those of the file, DLT_ values those of libpcap on this machine.
int dlt_of(uint32_t link_type) { return link_type == link_raw ? DLT_RAW : static_cast<int>(link_type); }

// Whatever is no IP packet is one of no version.
constexpr uint8_t no_ip[] = {0};

// False for a frame whose wrapping can't be read.
bool find_target(uint32_t link_type, const uint8_t* bytes, uint32_t captured, uint32_t wire, Target& target) {
  const LinkType* known = find_link_type(link_type);
  Frame frame{bytes, std::min<uint32_t>(captured, UINT16_MAX), wire};
  IgnoreReason reason = IgnoreReason::none;
  if (known != nullptr && known->unwrap != nullptr) known = unwrap_link(frame, *known, reason);
  if (known == nullptr) return false;
  const bool on_ip = known->filter == FilterOn::ip;
  if (on_ip) reason = known->strip(frame);
  if (on_ip && reason == IgnoreReason::none) reason = strip_tags(frame);
  const int dlt = dlt_of(on_ip ? link_raw : known->number);
  target =
      reason == IgnoreReason::none ? Target{dlt, bytes + frame.offset, captured - frame.offset, wire - frame.offset} : Target{dlt, no_ip, sizeof no_ip, wire};
  return true;
}

}  // namespace

void FilterPrograms::Free::operator()(bpf_program* program) const {
  ::pcap_freecode(program);
  delete program;
}

const bpf_program* FilterPrograms::find(int dlt, std::string& error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Compiled& known : compiled_) {
    if (known.dlt != dlt) continue;
    error = known.error;
    return known.program.get();
  }
  Program program = expression_.size() > shallow ? compile_with_stack(dlt, error) : compile(dlt, error);
  compiled_.push_back({dlt, std::move(program), error});
  return compiled_.back().program.get();
}

std::string FilterPrograms::check() {
  if (expression_.empty()) return "";
  std::string first_error;
  for (const int dlt : {DLT_EN10MB, DLT_IEEE802_11_RADIO, DLT_PPP, DLT_LINUX_SLL, DLT_RAW}) {
    std::string error;
    if (find(dlt, error) != nullptr) return "";
    if (first_error.empty()) first_error = error.empty() ? "libpcap does not say why" : error;
  }
  return first_error;
}

FilterPrograms::Program FilterPrograms::compile(int dlt, std::string& error) const {
  // libpcap reads the expression as a C string.
  if (expression_.find('\0') != std::string::npos) {
    error = "it contains a NUL character";
    return nullptr;
  }
  std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(::pcap_open_dead(dlt, longest_packet), ::pcap_close);
  if (handle == nullptr) {
    error = no_memory;
    return nullptr;
  }
  Program program(new bpf_program{});
  if (::pcap_compile(handle.get(), program.get(), expression_.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) return program;
  error = ::pcap_geterr(handle.get());
  return nullptr;
}

// The threads of a pool have too little for what libpcap does with long expressions.
FilterPrograms::Program FilterPrograms::compile_with_stack(int dlt, std::string& error) const {
  struct Work {
    const FilterPrograms* of;
    int dlt;
    std::string* error;
    Program program;
  } work{this, dlt, &error, nullptr};
  const auto run = [](void* given) -> void* {
    auto& own = *static_cast<Work*>(given);
    try {
      own.program = own.of->compile(own.dlt, *own.error);
    } catch (const std::bad_alloc&) {
      *own.error = no_memory;
    }
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_t thread;
  bool started = ::pthread_attr_init(&attributes) == 0;
  if (started) {
    started = ::pthread_attr_setstacksize(&attributes, deep_stack) == 0 && ::pthread_create(&thread, &attributes, run, &work) == 0;
    ::pthread_attr_destroy(&attributes);
  }
  if (started) ::pthread_join(thread, nullptr);
  else error = no_memory;
  return std::move(work.program);
}

const bpf_program* PacketFilter::program_for(int dlt) {
  for (const auto& [known, program] : met_) {
    if (known == dlt) return program;
  }
  const bpf_program* program = programs_->find(dlt, error_);
  if (program != nullptr) met_.emplace_back(dlt, program);
  return program;
}

PacketFilter::Result PacketFilter::apply(uint16_t link_type, const uint8_t* bytes, uint32_t captured, uint32_t wire) {
  Target target;
  if (!find_target(link_type, bytes, captured, std::max(wire, captured), target)) return Result::drop;
  const bpf_program* program = program_for(target.dlt);
  if (program == nullptr) return Result::invalid;
  pcap_pkthdr header{};
  header.caplen = target.captured;
  header.len = target.wire;
  return ::pcap_offline_filter(program, &header, target.bytes) != 0 ? Result::keep : Result::drop;
}

}  // namespace nfstream
