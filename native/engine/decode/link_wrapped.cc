// Frames behind what the capturing machine or program says of them: Apple's PKTAP, Juniper's header, and Wireshark's exported PDUs.
#include <algorithm>
#include <string_view>

#include "engine/decode/link.h"
#include "engine/decode/link_headers.h"

namespace nfstream {
namespace {

// The name of a protocol, filled up with zeros.
std::string_view name_at(const Frame& frame, uint32_t at, uint32_t length) {
  const std::string_view name(reinterpret_cast<const char*>(frame.bytes + at), length);
  return name.substr(0, name.find('\0'));
}

IgnoreReason strip_named(Frame& frame, std::string_view name) {
  if (name == "ip" || name == "ipv6") {
    frame.type = name == "ip" ? next_ipv4 : next_ipv6;
    return IgnoreReason::none;
  }
  for (const std::string_view ethernet : {"eth", "eth_withoutfcs", "eth_withfcs", "eth_maybefcs"}) {
    if (name == ethernet) return strip_ethernet(frame);
  }
  return IgnoreReason::not_ip;
}

}  // namespace

// Little-endian, since all machines that write it are. The flags, which tell version 2, are at the same place in both.
IgnoreReason unwrap_pktap(Frame& frame, uint32_t& link_type) {
  constexpr uint32_t is_version_2 = 0x00080000, record_packet = 1;
  constexpr uint32_t shortest_1 = 108, shortest_2 = 40;
  const uint32_t at = frame.offset;
  if (!frame.has(at, shortest_2)) return IgnoreReason::truncated;
  const bool second = frame.le32(at + 36) & is_version_2;
  const uint32_t length = second ? frame.u8(at) : frame.le32(at);
  if (length < (second ? shortest_2 : shortest_1)) return IgnoreReason::malformed;
  if (!frame.has(at, length)) return IgnoreReason::truncated;
  if (!second && frame.le32(at + 4) != record_packet) return IgnoreReason::not_ip;
  link_type = second ? frame.le16(at + 6) : frame.le32(at + 8);
  frame.offset = at + length;
  return IgnoreReason::none;
}

// Magic number, flags and, if they say so, extensions with their length. Without a link layer four bytes stand in its place.
IgnoreReason unwrap_juniper_ether(Frame& frame, uint32_t& link_type) {
  constexpr uint32_t magic = 0x4d4743;
  constexpr uint8_t has_extensions = 0x80, without_link = 0x02;
  const uint32_t at = frame.offset;
  if (!frame.has(at, 4)) return IgnoreReason::truncated;
  if (frame.be32(at) >> 8 != magic) return IgnoreReason::malformed;
  const uint8_t flags = frame.u8(at + 3);
  uint32_t length = flags & without_link ? 8 : 4;
  if (flags & has_extensions) {
    if (!frame.has(at + 4, 2)) return IgnoreReason::truncated;
    length += 2u + frame.be16(at + 4);
  }
  if (!frame.has(at, length)) return IgnoreReason::truncated;
  link_type = flags & without_link ? link_raw : link_ethernet;
  frame.offset = at + length;
  return IgnoreReason::none;
}

// Tags up to the end of them, one of which names the protocol of what follows.
IgnoreReason strip_exported_pdu(Frame& frame) {
  constexpr uint16_t end_of_tags = 0, protocol_name = 12;
  std::string_view protocol;
  for (;;) {
    const uint32_t at = frame.offset;
    if (!frame.has(at, 4)) return IgnoreReason::truncated;
    const uint16_t tag = frame.be16(at);
    const uint32_t length = frame.be16(at + 2);
    if (!frame.has(at + 4, length)) return IgnoreReason::truncated;
    frame.offset = at + 4 + length;
    if (tag == end_of_tags) return strip_named(frame, protocol);
    if (tag == protocol_name) protocol = name_at(frame, at + 4, length);
  }
}

}  // namespace nfstream
