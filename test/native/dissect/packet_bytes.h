// IP packets built byte by byte.
#pragma once

#include <cstdint>
#include <string>

namespace nfstream::test {

using Bytes = std::string;

inline Bytes be8(unsigned value) { return Bytes(1, static_cast<char>(value)); }
inline Bytes be16(unsigned value) { return be8(value >> 8) + be8(value); }
inline Bytes be24(unsigned value) { return be8(value >> 16) + be16(value); }
inline Bytes be32(uint32_t value) { return be16(value >> 16) + be16(value); }
inline Bytes sized8(const Bytes& bytes) { return be8(bytes.size()) + bytes; }
inline Bytes sized16(const Bytes& bytes) { return be16(bytes.size()) + bytes; }
inline Bytes sized24(const Bytes& bytes) { return be24(bytes.size()) + bytes; }
inline Bytes sized32(const Bytes& bytes) { return be32(bytes.size()) + bytes; }

constexpr uint8_t tcp = 6;
constexpr uint8_t udp = 17;
constexpr uint8_t syn = 0x02;
constexpr uint8_t syn_ack = 0x12;
constexpr uint8_t ack = 0x10;
constexpr uint8_t push_ack = 0x18;

struct Endpoint {
  uint32_t address;
  uint16_t port;
};

// The length of a packet that 16 bits cannot tell is 0, as segmentation offload leaves it.
inline Bytes length16(size_t size) { return be16(size > 65535 ? 0 : size); }

inline Bytes ipv4(uint8_t protocol, uint32_t from, uint32_t to, const Bytes& body) {
  return be16(0x4500) + length16(20 + body.size()) + be32(0x00004000) + be8(64) + be8(protocol) + be16(0) + be32(from) + be32(to) + body;
}

inline Bytes ipv6(uint8_t protocol, uint32_t from, uint32_t to, const Bytes& body) {
  const Bytes prefix = be32(0x20010db8) + be32(0) + be32(0);
  return be32(0x60000000) + length16(body.size()) + be8(protocol) + be8(64) + prefix + be32(from) + prefix + be32(to) + body;
}

inline Bytes udp_body(Endpoint from, Endpoint to, const Bytes& payload) {
  return be16(from.port) + be16(to.port) + be16(8 + payload.size()) + be16(0) + payload;
}

inline Bytes tcp_body(Endpoint from, Endpoint to, uint32_t sequence, uint32_t acknowledged, uint8_t flags, const Bytes& payload) {
  const Bytes numbers = be16(from.port) + be16(to.port) + be32(sequence) + be32(acknowledged);
  return numbers + be8(0x50) + be8(flags) + be32(0xffff0000) + be16(0) + payload;
}

}  // namespace nfstream::test
