// GRE (RFC 2784, RFC 2890), with Ethernet and mirrored frames (ERSPAN) in it, and the enhanced one of PPTP (RFC 2637).
#include "engine/decode/link.h"
#include "engine/decode/tags.h"
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

constexpr uint16_t checksum_present = 0x8000, routing_present = 0x4000, key_present = 0x2000, sequence_present = 0x1000, strict_route = 0x0800,
                   acknowledgment_present = 0x0080, version_mask = 0x0007;
constexpr uint16_t erspan_1_and_2 = 0x88be, erspan_3 = 0x22eb, ppp = 0x880b;

bool skip(Encapsulated& packet, uint32_t count) {
  if (!packet.has(count)) return false;
  packet.frame.offset += count;
  return true;
}

// `count` bytes of a mirrored frame's header, which says what follows it.
bool strip_erspan(Encapsulated& packet, uint32_t count, uint8_t version) {
  constexpr uint16_t is_truncated = 0x0400;
  const uint32_t at = packet.frame.offset;
  if (!skip(packet, count) || packet.frame.u8(at) >> 4 != version) return false;
  if (packet.frame.be16(at + 2) & is_truncated) packet.end = Encapsulated::no_end;
  return true;
}

// Type III has the kind of frame (0 Ethernet, 2 IP) and, as its last bit, whether eight bytes of the platform follow.
bool strip_erspan_3(Encapsulated& packet) {
  if (!strip_erspan(packet, 12, 2)) return false;
  const uint16_t flags = packet.frame.be16(packet.frame.offset - 2);
  if ((flags & 1) && !skip(packet, 8)) return false;
  const uint16_t kind = flags >> 10 & 0x1f;
  packet.frame.type = next_any_ip;
  return kind == 0 ? strip_inner_ethernet(packet) : kind == 2;
}

bool strip_payload(Encapsulated& packet, uint16_t type, bool numbered) {
  packet.frame.type = type;
  switch (type) {
    case next_ipv4:
    case next_ipv6: return true;
    case next_mpls:
    case next_mpls_multicast: return strip_tags(packet.frame) == IgnoreReason::none;
    case next_bridged_ethernet: return strip_inner_ethernet(packet);
    // Type I has no header of its own, and no sequence numbers either.
    case erspan_1_and_2: return (!numbered || strip_erspan(packet, 8, 1)) && strip_inner_ethernet(packet);
    case erspan_3: return strip_erspan_3(packet);
    default: return false;
  }
}

// A packet with a payload, whose length stands where version 0 has a key's first half.
bool strip_enhanced(Encapsulated& packet, uint16_t flags, uint16_t type) {
  constexpr uint16_t allowed = key_present | sequence_present | acknowledgment_present | version_mask;
  if ((flags & ~allowed) || !(flags & key_present) || !(flags & sequence_present) || type != ppp || !packet.has(4)) return false;
  const uint32_t length = packet.frame.be16(packet.frame.offset);
  if (!skip(packet, flags & acknowledgment_present ? 12 : 8) || length > packet.room()) return false;
  packet.end = packet.frame.offset + length;
  return strip_framed_ppp(packet.frame) == IgnoreReason::none;
}

}  // namespace

bool strip_gre(Encapsulated& packet) {
  if (!packet.has(4)) return false;
  const uint16_t flags = packet.frame.be16(packet.frame.offset);
  const uint16_t type = packet.frame.be16(packet.frame.offset + 2);
  packet.frame.offset += 4;
  if ((flags & version_mask) == 1) return strip_enhanced(packet, flags, type);
  // RFC 1701's source routes are refused; its other bits mean nothing any more.
  if (flags & (version_mask | routing_present | strict_route)) return false;
  const bool numbered = flags & sequence_present;
  const uint32_t words = (flags & checksum_present ? 1u : 0u) + (flags & key_present ? 1u : 0u) + (numbered ? 1u : 0u);
  return skip(packet, words * 4) && strip_payload(packet, type, numbered);
}

}  // namespace nfstream
