// Several sockets that share the packets of one device: each packet comes to one of them.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace nfstream {

// What stands at the beginning of a frame.
enum class FrameHeader { ethernet, ip };

// A program that gives one number for both directions between two addresses, and for all fragments: of the outermost IPv4 or IPv6 header, which may be behind
// one or two VLAN tags. 0 for other frames. `base` is added to every offset into the frame: a program of a fanout sees a packet from here or there, and offsets
// from its link or network header are those above SKF_LL_OFF or SKF_NET_OFF.
std::vector<sock_filter> address_pair_program(FrameHeader header, uint32_t base);

// The sockets of one device. A socket that joins must be bound to it; what the kernel says against it is in errno.
class Fanout {
 public:
  // The order in which sockets join is that of their numbers. The first one brings the program.
  bool join(int descriptor, FrameHeader header, bool ignore_outgoing);

 private:
  std::optional<uint16_t> id_;
};

}  // namespace nfstream
