// L2TP: version 2 with PPP (RFC 2661), and version 3 with Ethernet (RFC 3931, RFC 4719).
#include "engine/decode/ip.h"
#include "engine/decode/link.h"
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

constexpr uint16_t control = 0x8000, length_present = 0x4000, sequence_present = 0x0800, offset_present = 0x0200, priority = 0x0100, version_mask = 0x000f;

// A data message's optional fields, in their order; the bits that are reserved are not set.
bool strip_version_2(Encapsulated& packet, uint16_t flags) {
  constexpr uint16_t known = length_present | sequence_present | offset_present | priority | version_mask;
  if (flags & ~known) return false;
  const Frame& frame = packet.frame;
  const uint32_t at = frame.offset;
  uint32_t size = 6u + (flags & length_present ? 2 : 0) + (flags & sequence_present ? 4 : 0) + (flags & offset_present ? 2 : 0);
  if (!packet.has(size)) return false;
  if (flags & offset_present) size += frame.be16(at + size - 2);
  if (flags & length_present) {
    const uint32_t length = frame.be16(at + 2);
    if (length > packet.room()) return false;
    packet.end = at + length;
  }
  // Session 0 is that of control messages.
  const uint16_t session = frame.be16(at + (flags & length_present ? 6 : 4));
  if (session == 0 || !packet.has(size)) return false;
  packet.frame.offset = at + size;
  return strip_framed_ppp(packet.frame) == IgnoreReason::none;
}

// Whether an Ethernet frame with an IP packet begins at the packet's offset and ends with it, the padding of short frames apart.
bool is_ethernet_with_ip(Encapsulated packet) {
  constexpr uint32_t least_payload = 46;
  if (!strip_inner_ethernet(packet)) return false;
  IpHeader ip;
  read_ip(packet.frame, ip);
  return ip.version != 0 && (ip.size == packet.room() || (ip.size < least_payload && packet.room() <= least_payload));
}

// A session's cookie (none, 4 or 8 bytes) and sublayer (none or 4 bytes) are agreed on by its two ends, and no packet tells them: the
// first place where everything fits is taken. A first fragment does not tell where it ends, so nothing fits there.
bool strip_version_3_session(Encapsulated& packet) {
  if (!packet.has(4) || packet.frame.be32(packet.frame.offset) == 0) return false;
  packet.frame.offset += 4;
  for (int words = 0; words <= 3; ++words, packet.frame.offset += 4) {
    if (is_ethernet_with_ip(packet)) return strip_inner_ethernet(packet);
  }
  return false;
}

}  // namespace

bool strip_l2tp_ip(Encapsulated& packet) { return strip_version_3_session(packet); }

bool strip_l2tp_udp(Encapsulated& packet) {
  if (!packet.has(4)) return false;
  const uint16_t flags = packet.frame.be16(packet.frame.offset);
  if (flags & control) return false;
  if ((flags & version_mask) == 2) return strip_version_2(packet, flags);
  // A data message of version 3 over UDP has nothing but its version before the session.
  if (packet.frame.be32(packet.frame.offset) != 0x00030000) return false;
  packet.frame.offset += 4;
  return strip_version_3_session(packet);
}

}  // namespace nfstream
