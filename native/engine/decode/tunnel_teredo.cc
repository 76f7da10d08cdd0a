// Teredo: IPv6 through address translation (RFC 4380).
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

constexpr uint16_t origin_indication = 0x0000, authentication = 0x0001;
constexpr uint32_t origin_size = 8;

// Lengths of an identifier and a value, these two, a nonce of eight bytes and a confirmation byte.
bool skip_authentication(Encapsulated& packet) {
  const uint32_t at = packet.frame.offset;
  if (!packet.has(4)) return false;
  const uint32_t size = 4u + packet.frame.u8(at + 2) + packet.frame.u8(at + 3) + 8 + 1;
  if (!packet.has(size)) return false;
  packet.frame.offset = at + size;
  return true;
}

// 2001:0::/32 is Teredo's own; link-local addresses ask and tell which one a client has.
bool is_teredo_address(const Frame& frame, uint32_t at) { return frame.be32(at) == 0x20010000 || (frame.be16(at) & 0xffc0) == 0xfe80; }

}  // namespace

// An IPv6 packet from or to a Teredo address behind up to two indications. Bubbles, which only keep a way open, stay what they are.
bool strip_teredo(Encapsulated& packet) {
  constexpr uint8_t no_next_header = 59;
  const Frame& frame = packet.frame;
  if (packet.has(2) && frame.be16(frame.offset) == authentication && !skip_authentication(packet)) return false;
  if (packet.has(origin_size) && frame.be16(frame.offset) == origin_indication) packet.frame.offset += origin_size;
  if (!packet.has(40) || frame.u8(frame.offset) >> 4 != 6 || frame.u8(frame.offset + 6) == no_next_header) return false;
  packet.frame.type = next_ipv6;
  return is_teredo_address(frame, frame.offset + 8) || is_teredo_address(frame, frame.offset + 24);
}

}  // namespace nfstream
