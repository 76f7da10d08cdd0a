#include "engine/process/local_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace nfstream {

namespace {

// Devices that are tried for a socket that is bound to one.
constexpr size_t most_devices = 16;

void add_once(std::vector<uint32_t>& devices, uint32_t device) {
  if (device == 0 || devices.size() >= most_devices || std::find(devices.begin(), devices.end(), device) != devices.end()) return;
  devices.push_back(device);
}

}  // namespace

LocalAddresses::Address LocalAddresses::named(uint8_t ip_version, const uint8_t* address) {
  Address all{};
  all[0] = ip_version;
  std::memcpy(&all[1], address, ip_version == 4 ? 4 : 16);
  return all;
}

bool LocalAddresses::is_for_many(uint8_t ip_version, const uint8_t* address) const {
  if (ip_version == 6) return address[0] == 0xff;
  const std::array<uint8_t, 4> four{address[0], address[1], address[2], address[3]};
  return (address[0] & 0xf0) == 0xe0 || four == std::array<uint8_t, 4>{255, 255, 255, 255} ||
         std::find(broadcasts_.begin(), broadcasts_.end(), four) != broadcasts_.end();
}

bool LocalAddresses::has(uint8_t ip_version, const uint8_t* address) const {
  const bool loops = ip_version == 4 && address[0] == 127;
  return loops || devices_.count(named(ip_version, address)) > 0 || is_for_many(ip_version, address);
}

const std::vector<uint32_t>& LocalAddresses::devices(uint8_t ip_version, const uint8_t* address) const {
  static const std::vector<uint32_t> none;
  if (is_for_many(ip_version, address)) return all_;
  const auto found = devices_.find(named(ip_version, address));
  return found == devices_.end() ? none : found->second;
}

void LocalAddresses::add(uint8_t ip_version, const uint8_t* address, uint32_t device) {
  add_once(devices_[named(ip_version, address)], device);
  add_once(all_, device);
}

void LocalAddresses::read() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return;  // those of before hold
  devices_.clear();
  broadcasts_.clear();
  all_.clear();
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const uint32_t device = ::if_nametoindex(each->ifa_name);
    if (each->ifa_addr->sa_family == AF_INET6) {
      add(6, reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr.s6_addr, device);
    } else if (each->ifa_addr->sa_family == AF_INET) {
      const auto bytes_of = [](const sockaddr* address) { return reinterpret_cast<const uint8_t*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr); };
      add(4, bytes_of(each->ifa_addr), device);
      if ((each->ifa_flags & IFF_BROADCAST) != 0 && each->ifa_broadaddr != nullptr) add_broadcast(bytes_of(each->ifa_broadaddr));
    }
  }
  ::freeifaddrs(first);
}

}  // namespace nfstream
