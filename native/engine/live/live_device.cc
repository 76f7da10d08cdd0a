#include "engine/live/live_device.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "engine/decode/link.h"

namespace nfstream {

namespace {

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

constexpr const char* all_devices = "any";

// A number that the kernel gives to no frame that comes from a device that we can decode: a socket that is bound to it gets nothing.
constexpr uint16_t no_protocol = ETH_P_CONTROL;

// LINKTYPE_ numbers are those of files; libpcap on this machine has another one for raw IP.
uint16_t link_type_of(int dlt) { return dlt == DLT_RAW ? link_raw : static_cast<uint16_t>(dlt); }

// As libpcap gives it: what it calls microseconds are nanoseconds where these were asked for.
int64_t time_of(const timeval& time, bool nanoseconds) { return int64_t{time.tv_sec} * 1'000'000'000 + int64_t{time.tv_usec} * (nanoseconds ? 1 : 1000); }

struct Call {
  pcap_t* handle;
  bool nanoseconds;
  PacketTaker* taker;
};

void on_packet(u_char* given, const pcap_pkthdr* header, const u_char* bytes) {
  const Call& call = *reinterpret_cast<const Call*>(given);
  if (!call.taker->take({time_of(header->ts, call.nanoseconds), bytes, header->caplen, header->len})) ::pcap_breakloop(call.handle);
}

}  // namespace

void LiveDevice::Close::operator()(pcap* handle) const { ::pcap_close(handle); }

std::optional<LiveProblem> LiveDevice::open(const LiveOptions& options) {
  if (std::optional<LiveProblem> failed = prepare(options)) return failed;
  return set_filter(options);
}

std::optional<LiveProblem> LiveDevice::join(const LiveOptions& options, Fanout& fanout) {
  if (std::optional<LiveProblem> failed = prepare(options)) return failed;
  shut();
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_ALL);
  all.sll_ifindex = index_;
  const FrameHeader header = link_type_ == link_ethernet ? FrameHeader::ethernet : FrameHeader::ip;
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&all), sizeof all) == 0 && fanout.join(descriptor_, header, is_loopback())) return {};
  return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " cannot be shared by several readers: " + std::strerror(errno) + ".");
}

std::optional<LiveProblem> LiveDevice::begin(const LiveOptions& options) {
  if (needs_program(options)) return set_filter(options);
  const int none = 0;
  if (::setsockopt(descriptor_, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) == 0) return {};
  return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " cannot be captured from: " + std::strerror(errno) + ".");
}

std::optional<LiveProblem> LiveDevice::prepare(const LiveOptions& options) {
  if (std::optional<LiveProblem> failed = activate(options)) return failed;
  descriptor_ = ::pcap_fileno(handle_.get());
  if (name_ != all_devices) index_ = static_cast<int>(::if_nametoindex(name_.c_str()));
  hardware_ = hardware();
  link_type_ = link_type_of(::pcap_datalink(handle_.get()));
  if (!link_type_supported(link_type_)) {
    const char* name = link_type_name(link_type_);
    return problem("ERR_NFSTREAM_LINK_TYPE", "Packets of the device " + name_ + " are of link type " + (name == nullptr ? std::to_string(link_type_) : name) +
                                                 ", which cannot be decoded.");
  }
  const int on = 1;
  if (is_loopback()) (void)::setsockopt(descriptor_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  char error[PCAP_ERRBUF_SIZE] = "";
  if (::pcap_setnonblock(handle_.get(), 1, error) != 0)
    return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " cannot be captured from: " + error + ".");
  return {};
}

// A packet comes over it twice, as sent and as received. libpcap drops the first one; in the ring it would take the room of another.
bool LiveDevice::is_loopback() const {
  ifreq request{};
  name_.copy(request.ifr_name, IFNAMSIZ - 1);
  return index_ != 0 && ::ioctl(descriptor_, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_LOOPBACK;
}

std::optional<LiveProblem> LiveDevice::activate(const LiveOptions& options) {
  char error[PCAP_ERRBUF_SIZE] = "";
  handle_.reset(::pcap_create(name_.c_str(), error));
  if (handle_ == nullptr) return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " cannot be captured from: " + error + ".");
  pcap_t* handle = handle_.get();
  ::pcap_set_snaplen(handle, static_cast<int>(options.snapshot_length));
  ::pcap_set_promisc(handle, options.promiscuous && name_ != all_devices);
  ::pcap_set_timeout(handle, block_timeout_ms(options));
  ::pcap_set_buffer_size(handle, static_cast<int>(options.buffer_size));
  ::pcap_set_immediate_mode(handle, options.immediate);
  // Nothing may come before the socket has joined the others.
  if (options.readers > 1) ::pcap_set_protocol_linux(handle, no_protocol);
  nanoseconds_ = ::pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) == 0;
  const int status = ::pcap_activate(handle);
  if (status < 0) return refused(status);
  return {};
}

LiveProblem LiveDevice::refused(int status) const {
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE: return problem("ERR_NFSTREAM_DEVICE", "There is no network device " + name_ + ".");
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED: return problem("ERR_NFSTREAM_PERMISSION", "You may not capture from the device " + name_ + ".");
    case PCAP_ERROR_IFACE_NOT_UP: return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " is down; ip link set " + name_ + " up.");
    default: break;
  }
  const std::string more = ::pcap_geterr(handle_.get());
  return problem("ERR_NFSTREAM_DEVICE", "The device " + name_ + " cannot be captured from: " + (more.empty() ? ::pcap_statustostr(status) : more) + ".");
}

// Without a program the kernel puts whole packets into the ring, whatever the snapshot length is.
bool LiveDevice::needs_program(const LiveOptions& options) { return !options.filter.empty() || options.snapshot_length < LiveOptions().snapshot_length; }

std::optional<LiveProblem> LiveDevice::set_filter(const LiveOptions& options) {
  if (!needs_program(options)) return {};
  bpf_program program{};
  const bool good =
      ::pcap_compile(handle_.get(), &program, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0 && ::pcap_setfilter(handle_.get(), &program) == 0;
  const std::string error = good ? "" : ::pcap_geterr(handle_.get());
  ::pcap_freecode(&program);
  if (good) return {};
  return problem("ERR_NFSTREAM_FILTER", "libpcap does not accept the filter for the device " + name_ + ": " + error + ".");
}

bool LiveDevice::read(int most, PacketTaker& taker) {
  Call call{handle_.get(), nanoseconds_, &taker};
  const int got = ::pcap_dispatch(handle_.get(), most, on_packet, reinterpret_cast<u_char*>(&call));
  return got >= 0 || got == PCAP_ERROR_BREAK;
}

std::optional<LiveProblem> LiveDevice::fate() {
  int pending = 0;
  socklen_t length = sizeof pending;
  (void)::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &pending, &length);  // else poll() never waits again
  if (index_ == 0) return {};
  // It may have another name by now.
  ifreq request{};
  request.ifr_ifindex = index_;
  if (::ioctl(descriptor_, SIOCGIFNAME, &request) != 0 || ::ioctl(descriptor_, SIOCGIFFLAGS, &request) != 0)
    return problem("ERR_NFSTREAM_DEVICE_GONE", "The device " + name_ + " went away.");
  if (!(request.ifr_flags & IFF_UP)) return problem("ERR_NFSTREAM_DEVICE_GONE", "The device " + name_ + " went down.");
  return {};
}

int LiveDevice::hardware() const {
  ifreq request{};
  name_.copy(request.ifr_name, IFNAMSIZ - 1);
  return ::ioctl(descriptor_, SIOCGIFHWADDR, &request) == 0 ? request.ifr_hwaddr.sa_family : -1;
}

LiveDevice::Return LiveDevice::come_back(const LiveOptions& options) {
  if (!fate()) return Return::back;
  ifreq request{};
  request.ifr_ifindex = index_;
  if (::ioctl(descriptor_, SIOCGIFNAME, &request) == 0) return Return::not_yet;  // it is down
  request = {};
  name_.copy(request.ifr_name, IFNAMSIZ - 1);
  const auto index = static_cast<int>(::if_nametoindex(name_.c_str()));
  if (index == 0 || ::ioctl(descriptor_, SIOCGIFFLAGS, &request) != 0 || !(request.ifr_flags & IFF_UP)) return Return::not_yet;
  if (hardware() != hardware_) return Return::other_link;
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ALL);
  to.sll_ifindex = index;
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return Return::not_yet;
  index_ = index;
  packet_mreq membership{};
  membership.mr_ifindex = index;
  membership.mr_type = PACKET_MR_PROMISC;
  if (options.promiscuous) (void)::setsockopt(descriptor_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
  return fate() ? Return::not_yet : Return::back;
}

LiveProblem LiveDevice::read_problem() const {
  return problem("ERR_NFSTREAM_READ", "The device " + name_ + " could not be read on: " + ::pcap_geterr(handle_.get()) + ".");
}

void LiveDevice::shut() {
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &nothing};
  (void)::setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// The kernel's own counter, which begins at 0 again with every answer, so that its 32 bits are enough; libpcap would add them up in 32 bits.
LiveDevice::Counted LiveDevice::take_counts() {
  tpacket_stats_v3 counted{};
  socklen_t length = sizeof counted;
  if (::getsockopt(descriptor_, SOL_PACKET, PACKET_STATISTICS, &counted, &length) != 0) return {};
  return {counted.tp_packets, counted.tp_drops};
}

}  // namespace nfstream
