#include "engine/process/socket_diag.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nfstream {

SocketDiag::SocketDiag() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
  if (socket_ < 0) {
    problem_ = std::string("The system does not tell which sockets there are (NETLINK_SOCK_DIAG: ") + std::strerror(errno) + "), so processes can't be found.";
    return;
  }
  // An answer is there when the question was sent; a kernel that gives none must not hold us.
  const timeval patience{1, 0};
  (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (const uint8_t protocol : {uint8_t{IPPROTO_TCP}, uint8_t{IPPROTO_UDP}}) {
    if (finds_own(protocol)) continue;
    problem_ = std::string("The kernel does not tell which sockets of ") + (protocol == IPPROTO_TCP ? "TCP" : "UDP") + " there are (it lacks " +
               (protocol == IPPROTO_TCP ? "tcp_diag" : "udp_diag") + "), so processes can't be found.";
    return;
  }
}

SocketDiag::~SocketDiag() {
  if (socket_ >= 0) ::close(socket_);
}

bool SocketDiag::find(const SocketEnd& end, uint32_t device, FoundSocket& found) {
  if (socket_ < 0) return false;
  uint8_t question[diag_question_bytes];
  write_diag_question(question, end, device, ++number_);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = ::sendto(socket_, question, sizeof question, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  return sent == static_cast<ssize_t>(sizeof question) && receive(end, found) == DiagAnswer::found;
}

// What is left of a question whose answer came too late is passed over by its number.
DiagAnswer SocketDiag::receive(const SocketEnd& end, FoundSocket& found) {
  alignas(8) uint8_t bytes[8192];
  for (;;) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    const ssize_t got = ::recvfrom(socket_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return DiagAnswer::refused;
    if (length != sizeof from || from.nl_pid != 0) continue;  // another process may write to us, too
    const DiagAnswer answer = read_diag_answer(bytes, static_cast<size_t>(got), end, number_, found);
    if (answer != DiagAnswer::unrelated) return answer;
  }
}

// The kernel gives one answer for a socket that is not there and for a protocol that it does not tell of.
bool SocketDiag::finds_own(uint8_t protocol) {
  const int own = ::socket(AF_INET, (protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  if (own < 0) return true;  // not told by this
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* at = reinterpret_cast<sockaddr*>(&address);
  const bool ready = ::bind(own, at, length) == 0 && (protocol == IPPROTO_UDP || ::listen(own, 1) == 0) && ::getsockname(own, at, &length) == 0;
  SocketEnd end{};
  end.protocol = protocol;
  end.ip_version = 4;
  end.local_port = ntohs(address.sin_port);
  std::memcpy(end.local, &address.sin_addr, 4);
  FoundSocket found{};
  const bool told = !ready || find(end, 0, found);
  ::close(own);
  return told;
}

}  // namespace nfstream
