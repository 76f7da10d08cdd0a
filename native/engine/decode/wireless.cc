// IEEE 802.11 data frames, and the headers that a radio's driver puts before them.
#include "engine/decode/link.h"
#include "engine/decode/link_headers.h"

namespace nfstream {
namespace {

constexpr uint8_t to_ds = 0x01;
constexpr uint8_t from_ds = 0x02;
constexpr uint8_t order = 0x80;
constexpr uint8_t subtype_null = 0x40;
constexpr uint8_t subtype_qos = 0x80;
constexpr uint8_t qos_a_msdu = 0x80;

constexpr uint8_t radiotap_bad_fcs = 0x40;
constexpr uint8_t radiotap_data_pad = 0x20;

bool is_data(uint8_t frame_control) { return (frame_control & 0x0f) == 0x08; }

// Which of the addresses are the source's and the destination's stations depends on who sent the frame to whom.
void set_stations(Frame& frame, uint32_t at, uint8_t flags) {
  const uint32_t first = at + 4, second = at + 10, third = at + 16, fourth = at + 24;
  switch (flags & (to_ds | from_ds)) {
    case 0: frame.set_macs(second, first); break;
    case to_ds: frame.set_macs(second, third); break;
    case from_ds: frame.set_macs(third, first); break;
    default: frame.set_macs(fourth, third);
  }
}

IgnoreReason strip_data_frame(Frame& frame, bool padded) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 2)) return IgnoreReason::truncated;
  uint8_t kind = frame.u8(at);
  uint8_t flags = frame.u8(at + 1);
  // Some controllers send the two bytes of frame control in the other order inside CAPWAP.
  if (!is_data(kind) && is_data(flags)) {
    kind = frame.u8(at + 1);
    flags = frame.u8(at);
  }
  if (!is_data(kind) || (kind & subtype_null)) return IgnoreReason::not_ip;
  uint32_t length = (flags & to_ds) && (flags & from_ds) ? 30 : 24;
  const uint32_t qos_at = at + length;
  if (kind & subtype_qos) length += flags & order ? 6 : 2;
  if (!frame.has(at, length)) return IgnoreReason::truncated;
  // A body of several MSDUs starts with an address, which its sender can choose to look like an 802.2 header.
  if ((kind & subtype_qos) && (frame.u8(qos_at) & qos_a_msdu)) return IgnoreReason::not_ip;
  set_stations(frame, at, flags);
  if (padded) length = (length + 3) & ~3u;
  frame.offset = at + length;
  frame.type = next_llc;
  return IgnoreReason::none;
}

// The flags field lies behind the chain of presence words and the optional timestamp, each aligned to its own size.
IgnoreReason read_radiotap_flags(const Frame& frame, uint32_t at, uint32_t end, uint8_t& flags) {
  const uint32_t present = frame.le32(at + 4);
  uint32_t field = at + 4;
  for (bool more = true; more; field += 4) {
    if (end - field < 4) return IgnoreReason::malformed;
    more = frame.le32(field) & 0x80000000u;
  }
  if (!(present & 2)) return IgnoreReason::none;
  if (present & 1) field = at + ((field - at + 7) & ~7u) + 8;
  if (field >= end) return IgnoreReason::malformed;
  flags = frame.u8(field);
  return IgnoreReason::none;
}

// PPI's 802.11 field (type 2) has the flag for a damaged frame behind an 8-byte timestamp.
bool ppi_bad_fcs(const Frame& frame, uint32_t field, uint32_t end) {
  while (end - field >= 4) {
    const uint32_t type = frame.le16(field), length = frame.le16(field + 2);
    field += 4;
    if (length > end - field) return false;
    if (type == 2) return length >= 10 && (frame.le16(field + 8) & 4);
    field += length;
  }
  return false;
}

// A magic number and the version.
bool is_avs(const Frame& frame, uint32_t at) { return (frame.be32(at) & 0xfffff000) == 0x80211000; }

// Steps over a driver's header, which says its own length.
IgnoreReason step_over(Frame& frame, uint32_t length, uint32_t shortest) {
  if (length < shortest) return IgnoreReason::malformed;
  if (!frame.has(frame.offset, length)) return IgnoreReason::truncated;
  frame.offset += length;
  return IgnoreReason::none;
}

}  // namespace

IgnoreReason strip_ieee80211(Frame& frame) { return strip_data_frame(frame, false); }

IgnoreReason strip_radiotap(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  const uint32_t length = frame.le16(at + 2);
  if (length < 8) return IgnoreReason::malformed;
  if (!frame.has(at, length)) return IgnoreReason::truncated;
  uint8_t flags = 0;
  const IgnoreReason reason = read_radiotap_flags(frame, at, at + length, flags);
  if (reason != IgnoreReason::none) return reason;
  if (flags & radiotap_bad_fcs) return IgnoreReason::bad_checksum;
  frame.offset = at + length;
  return strip_data_frame(frame, flags & radiotap_data_pad);
}

IgnoreReason unwrap_ppi(Frame& frame, uint32_t& link_type) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  const uint32_t length = frame.le16(at + 2);
  link_type = frame.le32(at + 4);
  const IgnoreReason reason = step_over(frame, length, 8);
  if (reason != IgnoreReason::none) return reason;
  return ppi_bad_fcs(frame, at + 8, at + length) ? IgnoreReason::bad_checksum : IgnoreReason::none;
}

// In the byte order of the capturing machine; some drivers write AVS's header where this one is announced.
IgnoreReason unwrap_prism(Frame& frame, uint32_t& link_type) {
  constexpr uint32_t shortest = 24;
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  if (is_avs(frame, at)) return unwrap_avs(frame, link_type);
  const uint32_t little = frame.le32(at + 4);
  const uint32_t length = little <= UINT16_MAX ? little : frame.be32(at + 4);
  link_type = link_ieee80211;
  return step_over(frame, length, shortest);
}

IgnoreReason unwrap_avs(Frame& frame, uint32_t& link_type) {
  constexpr uint32_t shortest = 8;
  const uint32_t at = frame.offset;
  if (!frame.has(at, 8)) return IgnoreReason::truncated;
  if (!is_avs(frame, at)) return IgnoreReason::malformed;
  link_type = link_ieee80211;
  return step_over(frame, frame.be32(at + 4), shortest);
}

}  // namespace nfstream
