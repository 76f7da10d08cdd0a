#include "engine/live/interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace nfstream {

namespace {

int prefix_length(const uint8_t* mask, size_t size) {
  int bits = 0;
  for (size_t i = 0; i < size; i++) bits += __builtin_popcount(mask[i]);
  return bits;
}

template <typename Address, auto member>
std::string text_of(const ifaddrs& entry) {
  char text[INET6_ADDRSTRLEN] = "";
  const auto& address = reinterpret_cast<const Address*>(entry.ifa_addr)->*member;
  if (::inet_ntop(entry.ifa_addr->sa_family, &address, text, sizeof text) == nullptr) return "";
  if (entry.ifa_netmask == nullptr) return text;
  const auto& mask = reinterpret_cast<const Address*>(entry.ifa_netmask)->*member;
  return std::string(text) + "/" + std::to_string(prefix_length(reinterpret_cast<const uint8_t*>(&mask), sizeof mask));
}

std::string mac_of(const sockaddr_ll& address) {
  constexpr uint8_t none[6] = {};
  if (address.sll_halen != 6 || std::equal(none, none + 6, address.sll_addr)) return "";
  char text[18];
  const uint8_t* at = address.sll_addr;
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
  return text;
}

void tell(const ifaddrs& entry, Interface& told) {
  switch (entry.ifa_addr->sa_family) {
    case AF_INET: told.addresses.push_back(text_of<sockaddr_in, &sockaddr_in::sin_addr>(entry)); return;
    case AF_INET6: told.addresses.push_back(text_of<sockaddr_in6, &sockaddr_in6::sin6_addr>(entry)); return;
    case AF_PACKET: break;
    default: return;
  }
  told.mac = mac_of(*reinterpret_cast<const sockaddr_ll*>(entry.ifa_addr));
  if (entry.ifa_data == nullptr) return;
  const auto& counted = *static_cast<const rtnl_link_stats*>(entry.ifa_data);
  told.counters = {counted.rx_packets, counted.tx_packets, uint64_t{counted.rx_missed_errors} + counted.rx_fifo_errors};
}

}  // namespace

std::optional<std::vector<Interface>> list_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> entries(first, ::freeifaddrs);
  std::vector<Interface> interfaces;
  for (const ifaddrs* entry = entries.get(); entry != nullptr; entry = entry->ifa_next) {
    auto known = std::find_if(interfaces.begin(), interfaces.end(), [&](const Interface& each) { return each.name == entry->ifa_name; });
    if (known == interfaces.end()) {
      Interface made;
      made.name = entry->ifa_name;
      made.index = ::if_nametoindex(entry->ifa_name);
      made.up = entry->ifa_flags & IFF_UP;
      made.running = entry->ifa_flags & IFF_RUNNING;
      made.loopback = entry->ifa_flags & IFF_LOOPBACK;
      known = interfaces.insert(interfaces.end(), std::move(made));
    }
    if (entry->ifa_addr != nullptr) tell(*entry, *known);
  }
  return interfaces;
}

}  // namespace nfstream
