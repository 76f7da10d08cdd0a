// Frames for the decoder's tests, built from the inside out: ethernet(0x0800, ipv4(17, udp(1000, 53, zeros(8)))).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/decode/decode.h"

namespace nfstream::test {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Bytes zeros(size_t count) { return Bytes(count, 0); }
inline Bytes be16(unsigned value) { return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}; }
inline Bytes be32(uint32_t value) { return be16(value >> 16) + be16(value & 0xffff); }
inline Bytes le16(unsigned value) { return {static_cast<uint8_t>(value), static_cast<uint8_t>(value >> 8)}; }
inline Bytes le32(uint32_t value) { return le16(value & 0xffff) + le16(value >> 16); }

// Pairs of hexadecimal digits; spaces are for the reader.
inline Bytes hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    if (high < 0) high = digit(c);
    else out.push_back(static_cast<uint8_t>(high << 4 | digit(c))), high = -1;
  }
  return out;
}

inline Bytes tcp(unsigned src, unsigned dst, const Bytes& payload, unsigned flags = 0x18, unsigned words = 5) {
  const Bytes start = be16(src) + be16(dst) + be32(1) + be32(2) + be16(words << 12 | flags);
  return start + zeros(words * 4 - start.size()) + payload;
}

inline Bytes udp(unsigned src, unsigned dst, const Bytes& payload) {
  return be16(src) + be16(dst) + be16(static_cast<unsigned>(payload.size()) + 8) + be16(0) + payload;
}

struct Ipv4 {
  unsigned options = 0;   // bytes, a multiple of 4
  unsigned fragment = 0;  // flags and offset, as on the wire
  int total_length = -1;  // the true one
  uint32_t source = 0x0a010101;
  uint32_t destination = 0x0a020202;
};

inline Bytes ipv4(unsigned protocol, const Bytes& payload, const Ipv4& header = {}) {
  const unsigned size = 20 + header.options;
  const unsigned whole = size + static_cast<unsigned>(payload.size());
  const unsigned total = header.total_length < 0 ? whole : static_cast<unsigned>(header.total_length);
  return be16(0x4000 | size / 4 << 8) + be16(total) + be16(7) + be16(header.fragment) + be16(64 << 8 | protocol) + be16(0) + be32(header.source) +
         be32(header.destination) + zeros(header.options) + payload;
}

inline Bytes ipv6(unsigned next, const Bytes& payload, int payload_length = -1) {
  const unsigned length = payload_length < 0 ? static_cast<unsigned>(payload.size()) : static_cast<unsigned>(payload_length);
  return be32(0x60000000) + be16(length) + Bytes{static_cast<uint8_t>(next), 64} + hex("20010db8 00000000 00000000 00000001") +
         hex("20010db8 00000000 00000000 00000002") + payload;
}

// An IPv6 extension header of 8 * (1 + words) bytes before `payload`.
inline Bytes extension(unsigned next, const Bytes& payload, unsigned words = 0) {
  return Bytes{static_cast<uint8_t>(next), static_cast<uint8_t>(words)} + zeros(6 + 8 * words) + payload;
}

inline Bytes ipv6_fragment(unsigned next, unsigned offset_and_more, const Bytes& payload) {
  return Bytes{static_cast<uint8_t>(next), 0} + be16(offset_and_more) + be32(99) + payload;
}

const Bytes mac_a = hex("02aaaaaaaa01");
const Bytes mac_b = hex("02bbbbbbbb02");
const Bytes mac_c = hex("02cccccccc03");
const Bytes mac_d = hex("02dddddddd04");

// From mac_a to mac_b.
inline Bytes ethernet(unsigned type, const Bytes& payload) { return mac_b + mac_a + be16(type) + payload; }
inline Bytes vlan(unsigned tag, unsigned type, const Bytes& payload) { return be16(tag) + be16(type) + payload; }
inline Bytes snap(unsigned type, const Bytes& payload) { return hex("aaaa03 000000") + be16(type) + payload; }
inline Bytes mpls(unsigned label, bool bottom, const Bytes& payload) { return be32(label << 12 | (bottom ? 0x100 : 0) | 64) + payload; }
inline Bytes pppoe(unsigned protocol, const Bytes& payload) {
  return hex("1100 0001") + be16(static_cast<unsigned>(payload.size()) + 2) + be16(protocol) + payload;
}

// A data frame with `control` (two bytes) and mac_a, mac_b, mac_c as its three addresses.
inline Bytes ieee80211(std::string_view control, const Bytes& behind) { return hex(control) + be16(0) + mac_a + mac_b + mac_c + be16(0) + behind; }

// A radiotap header whose only field is the flags.
inline Bytes radiotap(unsigned flags, const Bytes& frame) { return hex("0000 0900 02000000") + Bytes{static_cast<uint8_t>(flags)} + frame; }

inline Bytes ppi(uint32_t link_type, const Bytes& fields, const Bytes& frame) {
  return hex("0000") + le16(static_cast<unsigned>(fields.size()) + 8) + le32(link_type) + fields + frame;
}

inline Bytes gtp(const Bytes& inner, unsigned flags = 0x30, unsigned message = 0xff, const Bytes& options = {}) {
  return Bytes{static_cast<uint8_t>(flags), static_cast<uint8_t>(message)} + be16(static_cast<unsigned>(options.size() + inner.size())) + be32(0x1234) +
         options + inner;
}

// `bits` are those of the first four bytes besides the length of 8: 0x300 is a native 802.11 frame.
inline Bytes capwap(uint32_t bits, const Bytes& frame) { return be32(2u << 19 | bits) + zeros(4) + frame; }
constexpr uint32_t capwap_native = 0x300;
constexpr uint32_t capwap_fragment = 0x80;

inline Bytes tzsp(unsigned encapsulated, const Bytes& tags, const Bytes& frame) { return hex("0100") + be16(encapsulated) + tags + frame; }

inline Bytes vxlan(uint32_t vni, const Bytes& frame, unsigned flags = 0x08) { return be32(flags << 24) + be32(vni << 8) + frame; }

// `options` must have a length of whole words.
inline Bytes geneve(uint32_t vni, unsigned type, const Bytes& inner, const Bytes& options = {}, unsigned flags = 0) {
  return Bytes{static_cast<uint8_t>(options.size() / 4), static_cast<uint8_t>(flags)} + be16(type) + be32(vni << 8) + options + inner;
}

// `fields` are those that the flags announce.
inline Bytes gre(unsigned flags, unsigned type, const Bytes& inner, const Bytes& fields = {}) { return be16(flags) + be16(type) + fields + inner; }

// PPTP's, with a sequence number.
inline Bytes pptp(const Bytes& ppp) { return gre(0x3001, 0x880b, ppp, be16(static_cast<unsigned>(ppp.size())) + be16(77) + be32(1)); }

inline Bytes erspan_2(const Bytes& frame, unsigned flags = 0) { return gre(0x1000, 0x88be, be16(0x1005) + be16(7 | flags) + be32(3) + frame, be32(1)); }
inline Bytes erspan_3(const Bytes& frame, unsigned last = 0, const Bytes& platform = {}) {
  return gre(0x1000, 0x22eb, be16(0x2005) + be16(7) + be32(99) + be16(0) + be16(last) + platform + frame, be32(1));
}

// A data message of version 2 in tunnel 5 and session 6 without optional fields.
inline Bytes l2tp(const Bytes& ppp) { return be16(0x0002) + be16(5) + be16(6) + ppp; }

// IPv6 from a Teredo address.
inline Bytes teredo_ipv6(unsigned next, const Bytes& payload) {
  return be32(0x60000000) + be16(static_cast<unsigned>(payload.size())) + Bytes{static_cast<uint8_t>(next), 64} + hex("20010000 cb007101 00009c40 3fff fefe") +
         hex("20010db8 00000000 00000000 00000002") + payload;
}

// The frame decoded from memory that ends where it ends, so that the address sanitizer sees every read beyond.
inline PacketRecord decoded(const Bytes& frame, unsigned link_type = 1, TunnelSet tunnels = nfstream_tunnels, uint32_t wire_length = 0) {
  const Bytes exact(frame.begin(), frame.end());
  PacketRecord record{};
  record.captured_length = static_cast<uint32_t>(exact.size());
  record.wire_length = wire_length != 0 ? wire_length : record.captured_length;
  record.link_type = static_cast<uint16_t>(link_type);
  decode(exact.data(), {tunnels}, record);
  return record;
}

inline IgnoreReason reason_of(const PacketRecord& record) { return static_cast<IgnoreReason>(record.ignore_reason); }

}  // namespace nfstream::test
