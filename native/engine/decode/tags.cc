#include "engine/decode/tags.h"

#include "engine/decode/link.h"

namespace nfstream {
namespace {

enum class Header : uint8_t { unknown, ip, vlan, mpls, pppoe, llc, switch_tag, tag, frame };

constexpr uint32_t provider_backbone = 0x88e7, metadata = 0x8909, fabric_path = 0x8903, vn_tag = 0x8926, redundancy = 0x892f, e_tag = 0x893f,
                   timestamp_tag = 0x8988;

constexpr Header header_of(uint32_t type) {
  switch (type) {
    case next_ipv4:
    case next_ipv6:
    case next_any_ip: return Header::ip;
    case 0x8100:
    case 0x88a8:
    case 0x9100: return Header::vlan;
    case next_mpls:
    case next_mpls_multicast: return Header::mpls;
    case next_pppoe_session: return Header::pppoe;
    case next_llc: return Header::llc;
    case next_switch_tag: return Header::switch_tag;
    case metadata:
    case vn_tag:
    case redundancy:
    case e_tag:
    case timestamp_tag: return Header::tag;
    case provider_backbone:
    case fabric_path: return Header::frame;
    default: return Header::unknown;
  }
}

// Of a tag with the type behind it, and of what stands before a whole frame.
uint32_t size_of(uint32_t type) {
  switch (type) {
    case fabric_path: return 2;        // a tree and a time to live
    case provider_backbone: return 4;  // the service's number (IEEE 802.1ah)
    case vn_tag:
    case redundancy: return 6;  // a path and a sequence number (IEC 62439-3)
    default: return 8;
  }
}

// Of an Ethernet frame or a tag.
void set_type(Frame& frame, uint16_t type) { frame.type = type < first_ethertype ? next_llc : type; }

IgnoreReason strip_vlan(Frame& frame) {
  if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
  frame.vlan_id = frame.be16(frame.offset) & 0x0fff;
  frame.note_vlan();
  set_type(frame, frame.be16(frame.offset + 2));
  frame.offset += 4;
  return IgnoreReason::none;
}

// A tag of `size` bytes that tell nothing of a flow, the last two of which are the type of what follows.
IgnoreReason skip_tag(Frame& frame, uint32_t size) {
  if (!frame.has(frame.offset, size)) return IgnoreReason::truncated;
  frame.offset += size;
  set_type(frame, frame.be16(frame.offset - 2));
  return IgnoreReason::none;
}

// A header of `size` bytes before a whole frame, whose addresses are the stations' own.
IgnoreReason enter_frame(Frame& frame, uint32_t size) {
  if (!frame.has(frame.offset, size)) return IgnoreReason::truncated;
  frame.offset += size;
  return strip_ethernet(frame);
}

// Whether an IP packet of this version ends where the frame does, but for padding and trailers. By the fixed header alone: labels may stand before
// every few bytes of a frame, so that looking further would take long.
bool fills_frame(const Frame& frame, uint32_t at, uint8_t version) {
  constexpr uint32_t padded = 64, trailer = 16;
  if (!frame.has(at, 6) || (version == 4 && (frame.u8(at) & 0x0f) < 5)) return false;
  const uint32_t size = version == 4 ? frame.be16(at + 2) : frame.be16(at + 4) + 40u;
  const uint32_t room = frame.wire - at;
  return size <= room && (room <= padded || size + trailer >= room);
}

// Whether an Ethernet frame may begin here: the type is one that leads to IP, or that stands beside it.
bool begins_frame(const Frame& frame, uint32_t at) {
  constexpr uint32_t arp = 0x0806;
  if (!frame.has(at, 14)) return false;
  const uint16_t type = frame.be16(at + 12);
  if (type < first_ethertype) return frame.has(at + 14, 3) && frame.be16(at + 14) == 0xaaaa && frame.u8(at + 16) == 0x03;
  if (type == next_ipv4 || type == next_ipv6) return !frame.has(at + 14, 1) || frame.u8(at + 14) >> 4 == (type == next_ipv4 ? 4 : 6);
  return type == arp || header_of(type) != Header::unknown;
}

// A control word (RFC 4385, RFC 4448): zeros, and a length of less than 64. A frame with a VLAN tag and no control word
// reads like one without the tag behind a control word.
bool begins_control_word(const Frame& frame, uint32_t at) {
  return frame.has(at, 14) && frame.be16(at) < 64 && header_of(frame.be16(at + 12)) != Header::vlan && begins_frame(frame, at + 4);
}

// Labels do not say what they carry. The first bits behind the bottom of the stack tell IP, unless they are an address's of a pseudowire's Ethernet
// frame (RFC 4448), before which a control word may stand.
IgnoreReason strip_mpls(Frame& frame) {
  for (bool bottom = false; !bottom; frame.offset += 4) {
    if (!frame.has(frame.offset, 4)) return IgnoreReason::truncated;
    bottom = frame.u8(frame.offset + 2) & 1;
    frame.note_label();
  }
  const uint32_t at = frame.offset;
  if (!frame.has(at, 1)) return IgnoreReason::truncated;
  const uint8_t version = frame.u8(at) >> 4;
  frame.type = next_any_ip;
  if (version == 4 || version == 6) return begins_frame(frame, at) && !fills_frame(frame, at, version) ? enter_frame(frame, 0) : IgnoreReason::none;
  if (begins_control_word(frame, at)) return enter_frame(frame, 4);
  if (begins_frame(frame, at)) return enter_frame(frame, 0);
  // Of both forms what tells them has to be there.
  return !frame.has(at, 4 + 14 + 3) && frame.wire > frame.captured ? IgnoreReason::truncated : IgnoreReason::not_ip;
}

IgnoreReason strip_pppoe(Frame& frame) {
  if (!frame.has(frame.offset, 6)) return IgnoreReason::truncated;
  const bool session_data = frame.be16(frame.offset) == 0x1100;
  frame.offset += 6;
  return session_data ? strip_ppp(frame) : IgnoreReason::not_ip;
}

IgnoreReason strip_llc(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, 3)) return IgnoreReason::truncated;
  if (frame.be16(at) != 0xaaaa || frame.u8(at + 2) != 0x03) return IgnoreReason::not_ip;
  frame.offset = at + 3;
  return strip_snap(frame);
}

// Behind an EtherType of their own.
IgnoreReason strip_typed_switch_tag(Frame& frame) {
  constexpr uint32_t reserved = 2;
  if (!frame.has(frame.offset, reserved)) return IgnoreReason::truncated;
  frame.offset += reserved;
  return strip_switch_tag(frame);
}

}  // namespace

IgnoreReason strip_snap(Frame& frame) {
  const uint32_t at = frame.offset;
  if (!frame.has(at, snap_size)) return IgnoreReason::truncated;
  const uint32_t organisation = snap_organisation(frame, at);
  frame.type = frame.be16(at + 3);
  frame.offset = at + snap_size;
  const bool ethertypes = organisation == 0x000000 || organisation == 0x0000f8;
  return ethertypes && frame.type >= first_ethertype ? IgnoreReason::none : IgnoreReason::not_ip;
}

IgnoreReason strip_switch_tag(Frame& frame) {
  constexpr uint8_t had_vlan_tag = 0x20;
  const uint32_t at = frame.offset;
  const IgnoreReason reason = skip_tag(frame, 6);
  if (reason == IgnoreReason::none && (frame.u8(at) & had_vlan_tag)) {
    frame.vlan_id = frame.be16(at + 2) & 0x0fff;
    frame.note_vlan();
  }
  return reason;
}

IgnoreReason strip_tags(Frame& frame) {
  IgnoreReason reason = IgnoreReason::none;
  while (reason == IgnoreReason::none) {
    switch (header_of(frame.type)) {
      case Header::ip: return IgnoreReason::none;
      case Header::vlan: reason = strip_vlan(frame); break;
      case Header::mpls: reason = strip_mpls(frame); break;
      case Header::pppoe: reason = strip_pppoe(frame); break;
      case Header::llc: reason = strip_llc(frame); break;
      case Header::switch_tag: reason = strip_typed_switch_tag(frame); break;
      case Header::tag: reason = skip_tag(frame, size_of(frame.type)); break;
      case Header::frame: reason = enter_frame(frame, size_of(frame.type)); break;
      case Header::unknown: return IgnoreReason::not_ip;
    }
  }
  return reason;
}

}  // namespace nfstream
