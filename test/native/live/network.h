// A network of one's own for a test: a namespace with nothing but its loopback, which is up, and a sender of frames.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace nfstream_test {

using Bytes = std::vector<uint8_t>;

class Network {
 public:
  Network() : socket_(::socket(AF_PACKET, SOCK_RAW, htons(0))) { REQUIRE(socket_ >= 0); }
  ~Network() { ::close(socket_); }

  void set_loopback(bool up) {
    ifreq request = loopback();
    REQUIRE(::ioctl(socket_, SIOCGIFFLAGS, &request) == 0);
    request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    REQUIRE(::ioctl(socket_, SIOCSIFFLAGS, &request) == 0);
  }

  void set_mtu(int mtu) {
    ifreq request = loopback();
    request.ifr_mtu = mtu;
    REQUIRE(::ioctl(socket_, SIOCSIFMTU, &request) == 0);
  }

  // Two devices that are each other's end; false where there is no program for that.
  static bool add_pair() {
    return std::system(
               "{ ip link add va type veth peer name vb && for each in va vb; do ip link set $each addrgenmode none && ip link set $each up || exit; done; } "
               "2> "
               "/dev/null") == 0;
  }

  void send(const Bytes& frame, const char* device = "lo") {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(static_cast<uint16_t>(frame[12] << 8 | frame[13]));
    to.sll_ifindex = static_cast<int>(::if_nametoindex(device));
    to.sll_halen = 6;
    const ssize_t sent = ::sendto(socket_, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    REQUIRE_MESSAGE(sent == static_cast<ssize_t>(frame.size()), std::strerror(errno));
  }

 private:
  static ifreq loopback() {
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    return request;
  }

  int socket_;
};

// Does something in a new network, on a thread of its own; says so where that is not allowed.
inline void in_network(const std::function<void(Network&)>& work) {
  bool allowed = true;
  std::thread thread([&] {
    allowed = ::unshare(CLONE_NEWNET) == 0;
    if (!allowed) return;
    Network network;
    network.set_loopback(true);
    work(network);
  });
  thread.join();
  if (!allowed) MESSAGE("not tried: only root may make a network namespace");
}

inline void put16(Bytes& bytes, uint32_t value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}

// Ethernet, a tag where vlan is not 0, IPv4 and UDP. Addresses that are nobody's: nothing answers.
inline Bytes udp_frame(uint16_t source_port, uint16_t vlan = 0, size_t payload = 20) {
  Bytes frame(12, 2);
  if (vlan != 0) {
    put16(frame, 0x8100);
    put16(frame, vlan);
  }
  put16(frame, 0x0800);
  for (const int byte : {0x45, 0}) frame.push_back(static_cast<uint8_t>(byte));
  put16(frame, static_cast<uint32_t>(28 + payload));
  for (const int byte : {0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}) frame.push_back(static_cast<uint8_t>(byte));
  put16(frame, source_port);
  put16(frame, 9);
  put16(frame, static_cast<uint32_t>(8 + payload));
  put16(frame, 0);
  frame.resize(frame.size() + payload, 7);
  return frame;
}

}  // namespace nfstream_test
