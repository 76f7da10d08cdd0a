// The addresses of this machine in the network namespace of the thread that asks, and the devices that have them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace nfstream {

class LocalAddresses {
 public:
  // Whether a packet to this address is for this machine. Multicast and broadcast ones are, for whoever listens.
  bool has(uint8_t ip_version, const uint8_t* address) const;
  // The devices with this address; those with any, for multicast and broadcast. A socket may be bound to one of them.
  const std::vector<uint32_t>& devices(uint8_t ip_version, const uint8_t* address) const;
  // Reads them from the system.
  void read();

  // For tests, and while it reads.
  void add(uint8_t ip_version, const uint8_t* address, uint32_t device);
  void add_broadcast(const uint8_t* address) { broadcasts_.push_back({address[0], address[1], address[2], address[3]}); }

 private:
  using Address = std::array<uint8_t, 17>;  // the version before it

  static Address named(uint8_t ip_version, const uint8_t* address);
  bool is_for_many(uint8_t ip_version, const uint8_t* address) const;

  std::map<Address, std::vector<uint32_t>> devices_;
  std::vector<std::array<uint8_t, 4>> broadcasts_;
  std::vector<uint32_t> all_;
};

}  // namespace nfstream
