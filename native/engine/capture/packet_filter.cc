#include "engine/capture/packet_filter.h"

#include <pcap/pcap.h>
#include <pthread.h>

#include <algorithm>
#include <new>

#include "engine/decode/link.h"

namespace nfstream {

namespace {

constexpr int longest_packet = 262144;
constexpr const char* no_memory = "there is no memory to compile it";
// libpcap goes down as many calls as a program has branches, up to three for each character of an expression. Up to so many characters any
// thread's stack is enough; `deep_stack` bytes are for the most that lib/capture/capture-filter.ts lets through.
constexpr size_t shallow = 128;
constexpr size_t deep_stack = 128 << 20;

// Where libpcap's program begins to look, and what it is told is there.
struct Target {
  int dlt;
  uint32_t offset;
};

// LINKTYPE_ values are those of the file, DLT_ values those of libpcap on this machine.
int dlt_of(uint32_t link_type) {
  switch (link_type) {
    case link_raw: return DLT_RAW;
    case 100: return DLT_ATM_RFC1483;
    case 102: return DLT_SLIP_BSDOS;
    case 103: return DLT_PPP_BSDOS;
    default: return static_cast<int>(link_type);
  }
}

Target target_of(uint32_t link_type) {
  const LinkType* known = find_link_type(link_type);
  if (known == nullptr || known->filter_as < 0) return {dlt_of(link_type), 0};
  return {dlt_of(static_cast<uint32_t>(known->filter_as)), known->filter_from};
}

Target target_of(uint16_t link_type, const uint8_t* bytes, uint32_t captured) {
  Target target = target_of(link_type);
  // libpcap knows PPI only around 802.11. Its header is little-endian: version, flags, length (2), DLT (4).
  if (link_type == link_ppi && captured >= 8) {
    const uint32_t length = bytes[2] | bytes[3] << 8;
    const uint32_t inner = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | static_cast<uint32_t>(bytes[7]) << 24;
    if (inner <= UINT16_MAX && inner != link_ppi) target = {target_of(inner).dlt, length + target_of(inner).offset};
  }
  return {target.dlt, std::min(target.offset, captured)};
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
  const Target target = target_of(link_type, bytes, captured);
  const bpf_program* program = program_for(target.dlt);
  if (program == nullptr) return Result::invalid;
  pcap_pkthdr header{};
  header.caplen = captured - target.offset;
  header.len = std::max(wire, captured) - target.offset;
  return ::pcap_offline_filter(program, &header, bytes + target.offset) != 0 ? Result::keep : Result::drop;
}

}  // namespace nfstream
