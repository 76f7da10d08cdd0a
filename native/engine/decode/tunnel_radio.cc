// What carries the frames of radios: CAPWAP data of access points (RFC 5415), and TZSP of sensors.
#include "engine/decode/link.h"
#include "engine/decode/tags.h"
#include "engine/decode/tunnel_headers.h"

namespace nfstream {

namespace {

bool strip_inner_wireless(Encapsulated& packet) {
  return strip_ieee80211(packet.frame) == IgnoreReason::none && strip_tags(packet.frame) == IgnoreReason::none;
}

}  // namespace

// An unencrypted data packet, but no keep-alive and no later fragment of one.
bool strip_capwap(Encapsulated& packet) {
  constexpr uint32_t native_frame = 0x100, is_fragment = 0x80, keep_alive = 0x08;
  const Frame& frame = packet.frame;
  const uint32_t at = frame.offset;
  if (!packet.has(8) || frame.u8(at) != 0) return false;
  const uint32_t word = frame.be32(at);
  const uint32_t length = (word >> 19 & 0x1f) * 4;
  const uint32_t binding = word >> 9 & 0x1f;
  const bool later_fragment = (word & is_fragment) && (frame.be16(at + 6) & 0xfff8);
  if (length < 8 || length > packet.room() || (word & keep_alive) || later_fragment) return false;
  if ((word & native_frame) && binding != 1) return false;
  packet.frame.offset = at + length;
  // CAPWAP has fragments of its own: the first one tells the whole packet's length.
  packet.end = Encapsulated::no_end;
  return word & native_frame ? strip_inner_wireless(packet) : strip_inner_ethernet(packet);
}

// A received packet: tagged fields up to the end tag, then the frame of the sensor's link layer.
bool strip_tzsp(Encapsulated& packet) {
  constexpr uint8_t padding = 0, end_of_tags = 1;
  const Frame& frame = packet.frame;
  if (!packet.has(4) || frame.be16(frame.offset) != 0x0100) return false;
  const uint16_t encapsulated = frame.be16(frame.offset + 2);
  packet.frame.offset += 4;
  for (;;) {
    if (!packet.has(1)) return false;
    const uint8_t tag = frame.u8(packet.frame.offset++);
    if (tag == end_of_tags) break;
    if (tag == padding) continue;
    if (!frame.has(frame.offset, 1)) return false;
    packet.frame.offset += 1 + frame.u8(frame.offset);
  }
  // A sensor may cut what it received.
  packet.end = Encapsulated::no_end;
  return (encapsulated == 1 && strip_inner_ethernet(packet)) || (encapsulated == 18 && strip_inner_wireless(packet));
}

}  // namespace nfstream
