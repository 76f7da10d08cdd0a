// GTP-U: 3GPP TS 29.281.
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

// The sequence number, N-PDU number and extension headers that the flags announce.
bool skip_options(Encapsulated& packet, uint8_t flags) {
  if (!packet.has(4)) return false;
  uint8_t extension = flags & 0x04 ? packet.frame.u8(packet.frame.offset + 3) : 0;
  packet.frame.offset += 4;
  while (extension != 0) {
    if (!packet.has(1)) return false;
    const uint32_t size = packet.frame.u8(packet.frame.offset) * 4u;
    if (size == 0 || !packet.has(size)) return false;
    packet.frame.offset += size;
    extension = packet.frame.u8(packet.frame.offset - 1);
  }
  return true;
}

}  // namespace

// A T-PDU of version 1, whose length field leaves room for the inner packet.
bool strip_gtp(Encapsulated& packet) {
  const uint32_t at = packet.frame.offset;
  if (!packet.has(8)) return false;
  const uint8_t flags = packet.frame.u8(at);
  const uint32_t length = packet.frame.be16(at + 2);
  if ((flags & 0xf0) != 0x30 || packet.frame.u8(at + 1) != 0xff || length > packet.room() - 8) return false;
  packet.frame.offset = at + 8;
  packet.end = at + 8 + length;
  packet.frame.type = next_any_ip;
  return !(flags & 0x07) || skip_options(packet, flags);
}

}  // namespace nfstream
