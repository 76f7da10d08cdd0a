// Networks of tenants laid over UDP: VXLAN (RFC 7348) and Geneve (RFC 8926). Both carry the network's number.
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

// The options' lengths must add up to what the header says of them (RFC 8926, 3.5).
bool skip_geneve_options(Encapsulated& packet, uint32_t length) {
  if (!packet.has(length)) return false;
  const uint32_t end = packet.frame.offset + length;
  while (packet.frame.offset < end) packet.frame.offset += 4 + (packet.frame.u8(packet.frame.offset + 3) & 0x1f) * 4u;
  return packet.frame.offset == end;
}

}  // namespace

// The flag for a valid network number stands alone, or with that of the group policy extension. What else is set there (VXLAN-GPE) or
// is not makes it something of another form.
bool strip_vxlan(Encapsulated& packet) {
  constexpr uint8_t has_vni = 0x08, group_policy = 0x80;
  if (!packet.has(8) || (packet.frame.u8(packet.frame.offset) & ~group_policy) != has_vni) return false;
  packet.vni = packet.frame.be32(packet.frame.offset + 4) >> 8;
  packet.frame.offset += 8;
  return strip_inner_ethernet(packet);
}

// A data packet of version 0; control packets (flag O) carry nothing of a tenant.
bool strip_geneve(Encapsulated& packet) {
  constexpr uint8_t control = 0x80;
  const uint32_t at = packet.frame.offset;
  if (!packet.has(8)) return false;
  const uint8_t version_and_length = packet.frame.u8(at);
  if (version_and_length & 0xc0 || packet.frame.u8(at + 1) & control) return false;
  packet.vni = packet.frame.be32(at + 4) >> 8;
  packet.frame.type = packet.frame.be16(at + 2);
  packet.frame.offset = at + 8;
  if (!skip_geneve_options(packet, (version_and_length & 0x3f) * 4u)) return false;
  switch (packet.frame.type) {
    case next_ipv4:
    case next_ipv6: return true;
    case next_bridged_ethernet: return strip_inner_ethernet(packet);
    default: return false;
  }
}

}  // namespace nfstream
