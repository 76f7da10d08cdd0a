// The network interfaces of this machine, or of the namespace that we are in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nfstream {

struct InterfaceCounters {
  uint64_t received = 0;  // packets, as the 32 bits of them that the system tells
  uint64_t sent = 0;
  uint64_t dropped = 0;  // frames for which the device had no room
};

struct Interface {
  std::string name;
  uint32_t index = 0;  // another one of the same name has another
  bool up = false;
  bool running = false;  // a carrier is there
  bool loopback = false;
  std::string mac;                     // empty without one
  std::vector<std::string> addresses;  // 192.0.2.1/24
  InterfaceCounters counters;
};

// Asks the kernel, and opens nothing besides: libpcap's own list opens devices of USB, Bluetooth and D-Bus.
// Nothing when the system does not tell.
std::optional<std::vector<Interface>> list_interfaces();

}  // namespace nfstream
