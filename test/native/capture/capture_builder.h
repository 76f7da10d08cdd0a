// Builds captures byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nfstream_test {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Integers in one byte order.
struct Order {
  bool big = false;

  Bytes integer(uint64_t value, int size) const {
    Bytes bytes;
    for (int i = 0; i < size; i++) bytes.push_back(static_cast<uint8_t>(value >> 8 * (big ? size - 1 - i : i)));
    return bytes;
  }
  Bytes u16(uint64_t value) const { return integer(value, 2); }
  Bytes u32(uint64_t value) const { return integer(value, 4); }
  Bytes u64(uint64_t value) const { return integer(value, 8); }
};

inline Bytes padded(Bytes bytes) {
  while (bytes.size() % 4 != 0) bytes.push_back(0);
  return bytes;
}

// An Ethernet frame of UDP over IPv4 with `payload` bytes.
inline Bytes udp_frame(uint16_t src_port = 1000, size_t payload = 4, uint8_t last_octet = 1) {
  const Order net{true};
  return Bytes{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0} + net.u16(28 + payload) + Bytes{0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, last_octet, 10, 0, 0, 9} +
         net.u16(src_port) + net.u16(53) + net.u16(8 + payload) + net.u16(0) + Bytes(payload, 0x61);
}

// The same without its Ethernet header.
inline Bytes udp_packet(uint16_t src_port = 1000, size_t payload = 4) {
  const Bytes frame = udp_frame(src_port, payload);
  return Bytes(frame.begin() + 14, frame.end());
}

struct Pcap {
  Order order;
  uint32_t magic = 0xa1b2c3d4;
  uint32_t link_type = 1;
  uint16_t minor = 4;

  Bytes header() const { return order.u32(magic) + order.u16(2) + order.u16(minor) + order.u32(0) + order.u32(0) + order.u32(65535) + order.u32(link_type); }
  Bytes record(uint32_t seconds, uint32_t fraction, const Bytes& frame, uint32_t wire = 0) const {
    const uint32_t length = static_cast<uint32_t>(frame.size());
    const Bytes extra = magic == 0xa1b2cd34 ? order.u32(3) + order.u16(0x0800) + Bytes{0, 0} : Bytes{};
    return order.u32(seconds) + order.u32(fraction) + order.u32(length) + order.u32(wire == 0 ? length : wire) + extra + frame;
  }
};

struct Pcapng {
  Order order;

  Bytes block(uint32_t type, const Bytes& body, int64_t total = -1, int64_t trailing = -1) const {
    const Bytes whole = padded(body);
    const uint64_t length = total >= 0 ? static_cast<uint64_t>(total) : whole.size() + 12;
    return order.u32(type) + order.u32(length) + whole + order.u32(trailing >= 0 ? static_cast<uint64_t>(trailing) : length);
  }
  Bytes option(uint16_t code, const Bytes& value) const { return order.u16(code) + order.u16(value.size()) + padded(value); }
  Bytes section(uint64_t length = UINT64_MAX) const { return block(0x0a0d0d0a, order.u32(0x1a2b3c4d) + order.u16(1) + order.u16(0) + order.u64(length)); }
  Bytes interface(uint16_t link_type = 1, uint32_t snapshot_length = 0, const Bytes& options = {}) const {
    return block(1, order.u16(link_type) + order.u16(0) + order.u32(snapshot_length) + options);
  }
  Bytes resolution(uint8_t value) const { return option(9, {value}); }
  Bytes time_offset(int64_t seconds) const { return option(14, order.u64(static_cast<uint64_t>(seconds))); }
  Bytes packet(uint32_t interface_id, uint64_t time, const Bytes& frame, const Bytes& options = {}) const {
    return block(
        6, order.u32(interface_id) + order.u32(time >> 32) + order.u32(time) + order.u32(frame.size()) + order.u32(frame.size()) + padded(frame) + options);
  }
  Bytes simple_packet(const Bytes& captured, uint32_t wire) const { return block(3, order.u32(wire) + captured); }
  Bytes obsolete_packet(uint16_t interface_id, uint64_t time, const Bytes& frame) const {
    return block(2,
                 order.u16(interface_id) + order.u16(0) + order.u32(time >> 32) + order.u32(time) + order.u32(frame.size()) + order.u32(frame.size()) + frame);
  }
};

}  // namespace nfstream_test
