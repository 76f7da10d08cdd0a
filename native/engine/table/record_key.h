// The key of a flow as its record holds it: IPv4 takes half as much as IPv6, whose record has the rest in front of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/table/flow_key.h"

namespace nfstream {

// At the beginning of a record.
class RecordKey {
 public:
  // Bytes in front of the record of a key that has them.
  static constexpr size_t front = 3 * sizeof(uint64_t);
  static bool has_front(const FlowKey& key) { return key.ip_version() != 4; }

  void set(const FlowKey& key, uint32_t hash) {
    fields_ = key.fields();
    tunnel_vni_ = static_cast<uint32_t>(key.words[5]);
    hash_ = hash;
    if (has_front(key)) {
      // The larger address, then the smaller one, which ends in the record.
      std::memcpy(bytes() - front, &key.words[2], 2 * sizeof(uint64_t));
      std::memcpy(bytes() - sizeof(uint64_t), &key.words[0], 2 * sizeof(uint64_t));
    } else {
      addresses_ = both_of(key);
    }
  }

  bool is(const FlowKey& key) const {
    if (fields_.word != key.words[4] || tunnel_vni_ != key.words[5]) return false;
    if (!has_front(key)) return addresses_ == both_of(key);
    return std::memcmp(address(false), &key.words[0], 16) == 0 && std::memcmp(address(true), &key.words[2], 16) == 0;
  }

  FlowKey whole() const {
    FlowKey key{};
    std::memcpy(&key.words[0], address(false), address_size());
    std::memcpy(&key.words[2], address(true), address_size());
    key.words[4] = fields_.word;
    key.words[5] = tunnel_vni_;
    return key;
  }

  size_t address_size() const { return ip_version() == 4 ? 4 : 16; }
  const uint8_t* address(bool larger) const {
    if (ip_version() == 4) return bytes() + (larger ? 4 : 0);
    return bytes() - (larger ? front : sizeof(uint64_t));
  }
  // Whether a packet goes from an endpoint to itself.
  bool is_to_itself() const { return port(false) == port(true) && std::memcmp(address(false), address(true), address_size()) == 0; }
  uint32_t tunnel_vni() const { return tunnel_vni_; }
  uint32_t hash() const { return hash_; }
  KeyFields fields() const { return fields_; }
  uint16_t port(bool larger) const { return fields_.port(larger); }
  uint8_t protocol() const { return fields_.protocol(); }
  uint8_t ip_version() const { return fields_.ip_version(); }

 private:
  // As they stand in memory: the smaller one first.
  static uint64_t both_of(const FlowKey& key) {
    uint32_t both[2];
    std::memcpy(&both[0], &key.words[0], sizeof both[0]);
    std::memcpy(&both[1], &key.words[2], sizeof both[1]);
    uint64_t word;
    std::memcpy(&word, both, sizeof word);
    return word;
  }
  uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this); }
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(this); }

  uint64_t addresses_;  // of IPv4; of IPv6 the end of the smaller one
  KeyFields fields_;
  uint32_t tunnel_vni_;
  uint32_t hash_;
};

}  // namespace nfstream
