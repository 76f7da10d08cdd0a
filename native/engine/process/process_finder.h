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
};

class ProcessFinder {
 public:
  explicit ProcessFinder(std::string root = "/proc") : files_(std::move(root)) {}

  // Why nothing can be found; '' when it can.
  const std::string& problem() const { return diag_.problem(); }
  // The socket at an end of a flow; inode 0 where there is none. Takes microseconds.
  FoundSocket socket_at(const SocketEnd& end);
  // The process that holds a socket, if it is known already.
  bool find_known(const FoundSocket& socket, FoundProcess& found) { return socket.inode != 0 && files_.find_known(socket.inode, found); }
  // Looks for the holders of all of these sockets, as ProcessFiles does; find_known() knows those that were found then.
  void search(const std::vector<FlowSockets>& all, bool everywhere, const std::atomic<bool>& given_up);

 private:
  FoundSocket ask_for(const SocketEnd& end);
  void renew_addresses();

  SocketDiag diag_;
  ProcessFiles files_;
  LocalAddresses addresses_;
  std::chrono::steady_clock::time_point addresses_read_{};
};

}  // namespace nfstream
