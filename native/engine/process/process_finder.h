// The process at the local end of a flow: its socket by the kernel, and who holds that by /proc. Slow, for a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/process/local_addresses.h"
#include "engine/process/process_files.h"
#include "engine/process/socket_diag.h"

namespace nfstream {

// What may be the sockets of a flow: that at its source, and that at its destination.
struct FlowSockets {
  FoundSocket ends[2];  // inode 0 where there is none
  bool any() const { return ends[0].inode != 0 || ends[1].inode != 0; }
};

class ProcessFinder {
 public:
  explicit ProcessFinder(std::string root = "/proc") : files_(std::move(root)) {}

  // Why nothing can be found; '' when it can.
  const std::string& problem() const { return diag_.problem(); }
  // The sockets at a flow's ends, of which `source` is the one at its source. Takes microseconds.
  FlowSockets sockets_of(const SocketEnd& source);
  // The process at the first end that has one which is known already. With `first_only`, that of the end that counts most. `listens`: it is known by a listening socket.
  bool find_known(const FlowSockets& sockets, bool first_only, FoundProcess& found, bool& listens);
  // Looks for the holders of all of these; find_known() knows them then. Takes milliseconds.
  void search(const std::vector<FlowSockets>& all, const std::atomic<bool>& given_up);

 private:
  FoundSocket socket_at(const SocketEnd& end);
  void renew_addresses();

  SocketDiag diag_;
  ProcessFiles files_;
  LocalAddresses addresses_;
  std::chrono::steady_clock::time_point addresses_read_{};
};

}  // namespace nfstream
