#include "engine/process/process_finder.h"

#include <netinet/in.h>

#include <unordered_set>

namespace nfstream {

namespace {

// How old the list of our addresses may be.
constexpr std::chrono::seconds addresses_hold{1};

}  // namespace

FoundSocket ProcessFinder::socket_at(const SocketEnd& end) {
  renew_addresses();
  // A socket without an address would be found for any, also for that of another machine.
  if (!addresses_.has(end.ip_version, end.local)) return {};
  const FoundSocket found = ask_for(end);
  return files_.lately_missed(found.inode) ? FoundSocket{} : found;
}

void ProcessFinder::renew_addresses() {
  const auto now = std::chrono::steady_clock::now();
  if (addresses_read_.time_since_epoch().count() != 0 && now - addresses_read_ < addresses_hold) return;
  addresses_.read();
  addresses_read_ = now;
}

FoundSocket ProcessFinder::ask_for(const SocketEnd& end) {
  FoundSocket found{};
  bool there = diag_.find(end, 0, found);
  const std::vector<uint32_t>& devices = addresses_.devices(end.ip_version, end.local);
  for (size_t i = 0; !there && i < devices.size(); i++) there = diag_.find(end, devices[i], found);
  if (there && found.inode != 0) return found;
  // What was not accepted yet, or is closed, belongs to nobody: its listener has it.
  if (!there || end.protocol != IPPROTO_TCP) return {};
  SocketEnd listener = end;
  listener.remote_port = 0;
  for (uint8_t& byte : listener.remote) byte = 0;
  return diag_.find(listener, 0, found) && found.listens ? found : FoundSocket{};
}

void ProcessFinder::search(const std::vector<FlowSockets>& all, bool everywhere, const std::atomic<bool>& given_up) {
  std::unordered_set<uint32_t> inodes;
  for (const FlowSockets& sockets : all) {
    for (const FoundSocket& socket : sockets.ends) {
      if (socket.inode != 0) inodes.insert(socket.inode);
    }
  }
  files_.search(std::move(inodes), everywhere, given_up);
}

}  // namespace nfstream
