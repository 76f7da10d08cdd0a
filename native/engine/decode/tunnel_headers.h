// The headers of each kind of tunnel, and what tells a tunnel's packet from one that only uses its port or protocol.
#pragma once

#include "engine/decode/frame.h"

namespace nfstream {

// A tunnel's packet while its headers are taken off.
struct Encapsulated {
  static constexpr uint32_t no_end = UINT32_MAX;

  Frame frame;
  uint32_t end;      // where in the frame it ends, by the headers around it; no_end when they do not tell
  uint32_t vni = 0;  // of a tunnel that has one

  // Behind an inner link layer the offset may be beyond the end.
  uint32_t room() const { return frame.offset < end ? end - frame.offset : 0; }
  bool has(uint32_t count) const { return count <= room() && frame.has(frame.offset, count); }
};

// Each takes its tunnel's header at frame.offset, moves the offset to the IP header inside and sets the frame's type. False, with
// `packet` in any state, when it is no packet of this tunnel, or one that carries no IP.
bool strip_gtp(Encapsulated& packet);
bool strip_capwap(Encapsulated& packet);
bool strip_tzsp(Encapsulated& packet);
bool strip_vxlan(Encapsulated& packet);
bool strip_geneve(Encapsulated& packet);
bool strip_gre(Encapsulated& packet);
bool strip_l2tp_udp(Encapsulated& packet);
bool strip_l2tp_ip(Encapsulated& packet);
bool strip_teredo(Encapsulated& packet);

// For a tunnel that carries Ethernet.
bool strip_inner_ethernet(Encapsulated& packet);

}  // namespace nfstream
