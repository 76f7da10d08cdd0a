// Sockets of the test's own process, as ends of flows.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "engine/process/socket_end.h"

namespace nfstream_test {

struct Place {
  std::string address;
  uint16_t port = 0;
  bool is6() const { return address.find(':') != std::string::npos; }
};

class Socket {
 public:
  // Bound to the place; an IPv4 socket unless the address is of IPv6.
  Socket(int type, const Place& place) : family_(place.is6() ? AF_INET6 : AF_INET), socket_(::socket(family_, type | SOCK_CLOEXEC, 0)) {
    REQUIRE(socket_ >= 0);
    sockaddr_storage at = in_family(place);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&at), length()) == 0);
  }
  explicit Socket(int accepted, int family) : family_(family), socket_(accepted) { REQUIRE(socket_ >= 0); }
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void listen() { REQUIRE(::listen(socket_, 8) == 0); }
  void connect(const Place& place) {
    sockaddr_storage to = in_family(place);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&to), length()) == 0);
  }
  int accept() { return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC); }
  int family() const { return family_; }
  int descriptor() const { return socket_; }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  uint16_t port() const {
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    return ntohs(family_ == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&at)->sin6_port : reinterpret_cast<sockaddr_in*>(&at)->sin_port);
  }
  uint32_t inode() const {
    struct stat status{};
    REQUIRE(::fstat(socket_, &status) == 0);
    return static_cast<uint32_t>(status.st_ino);
  }

 private:
  socklen_t length() const { return family_ == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }
  // IPv4 addresses in a socket of IPv6 are mapped.
  sockaddr_storage in_family(const Place& place) const {
    sockaddr_storage at{};
    at.ss_family = static_cast<sa_family_t>(family_);
    if (family_ == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(at);
      six.sin6_port = htons(place.port);
      REQUIRE(::inet_pton(AF_INET6, (place.is6() ? place.address : "::ffff:" + place.address).c_str(), &six.sin6_addr) == 1);
    } else {
      auto& four = reinterpret_cast<sockaddr_in&>(at);
      four.sin_port = htons(place.port);
      REQUIRE(::inet_pton(AF_INET, place.address.c_str(), &four.sin_addr) == 1);
    }
    return at;
  }

  int family_;
  int socket_;
};

inline nfstream::SocketEnd end_between(uint8_t protocol, const Place& local, const Place& remote) {
  nfstream::SocketEnd end{};
  end.protocol = protocol;
  end.ip_version = local.is6() ? 6 : 4;
  end.local_port = local.port;
  end.remote_port = remote.port;
  const int family = local.is6() ? AF_INET6 : AF_INET;
  REQUIRE(::inet_pton(family, local.address.c_str(), end.local) == 1);
  REQUIRE(::inet_pton(family, remote.address.c_str(), end.remote) == 1);
  return end;
}

}  // namespace nfstream_test
