#include "engine/capture/packet_filter.h"

#include <pcap/pcap.h>

#include <algorithm>

#include "engine/decode/link.h"

namespace nfstream {

namespace {

constexpr int longest_packet = 262144;

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

void PacketFilter::Free::operator()(bpf_program* program) const {
  ::pcap_freecode(program);
  delete program;
}

PacketFilter::Program PacketFilter::compile(int dlt, const std::string& expression, std::string& error) {
  // libpcap reads the expression as a C string.
  if (expression.find('\0') != std::string::npos) {
    error = "it contains a NUL character";
    return nullptr;
  }
  std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(::pcap_open_dead(dlt, longest_packet), ::pcap_close);
  if (handle == nullptr) {
    error = "there is no memory to compile it";
    return nullptr;
  }
  Program program(new bpf_program{});
  if (::pcap_compile(handle.get(), program.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) return program;
  error = ::pcap_geterr(handle.get());
  return nullptr;
}

const bpf_program* PacketFilter::program_for(int dlt) {
  for (const auto& [known, program] : programs_) {
    if (known == dlt) return program.get();
  }
  Program program = compile(dlt, expression_, error_);
  if (program == nullptr) return nullptr;
  programs_.emplace_back(dlt, std::move(program));
  return programs_.back().second.get();
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

std::string PacketFilter::check(const std::string& expression) {
  if (expression.empty()) return "";
  std::string first_error;
  for (const int dlt : {DLT_EN10MB, DLT_IEEE802_11_RADIO, DLT_PPP, DLT_LINUX_SLL, DLT_RAW}) {
    std::string error;
    if (compile(dlt, expression, error) != nullptr) return "";
    if (first_error.empty()) first_error = error.empty() ? "libpcap does not say why" : error;
  }
  return first_error;
}

}  // namespace nfstream
