#include "engine/process/process_finder.h"

#include <doctest/doctest.h>
#include <net/if.h>
#include <netinet/tcp.h>

#include <functional>

#include "live/network.h"
#include "process/sockets.h"

using namespace nfstream;
using namespace nfstream_test;

namespace {

constexpr uint8_t tcp = 6;
constexpr uint8_t udp = 17;

FlowSockets sockets_of(const SocketEnd& source) {
  ProcessFinder finder;
  REQUIRE_MESSAGE(finder.problem().empty(), finder.problem());
  return {{finder.socket_at(source), finder.socket_at(other_end(source))}};
}

bool any(const FlowSockets& sockets) { return sockets.ends[0].inode != 0 || sockets.ends[1].inode != 0; }

}  // namespace

TEST_CASE("the sockets at both ends of a connection, accepted or not, and after it") {
  for (const char* address : {"127.0.0.1", "::1"}) {
    CAPTURE(address);
    Socket server(SOCK_STREAM, {address});
    server.listen();
    Socket client(SOCK_STREAM, {address});
    client.connect({address, server.port()});
    const SocketEnd source = end_between(tcp, {address, client.port()}, {address, server.port()});
    FlowSockets sockets = sockets_of(source);
    CHECK(sockets.ends[0].inode == client.inode());
    CHECK(!sockets.ends[0].listens);
    CHECK(sockets.ends[1].inode == server.inode());
    CHECK(sockets.ends[1].listens);
    {
      const Socket accepted(server.accept(), server.family());
      sockets = sockets_of(source);
      CHECK(sockets.ends[1].inode == accepted.inode());
      CHECK(!sockets.ends[1].listens);
      sockets = sockets_of(other_end(source));
      CHECK(sockets.ends[0].inode == accepted.inode());
      CHECK(sockets.ends[1].inode == client.inode());
    }
    client.close();
    sockets = sockets_of(source);
    CHECK(sockets.ends[0].inode == 0);
    CHECK(sockets.ends[1].inode == server.inode());
    server.close();
    CHECK(!any(sockets_of(source)));
  }
}

TEST_CASE("IPv4 in sockets of IPv6") {
  Socket server(SOCK_STREAM, {"::"});
  server.listen();
  Socket client(SOCK_STREAM, {"::ffff:127.0.0.1"});
  client.connect({"127.0.0.1", server.port()});
  const Socket accepted(server.accept(), server.family());
  FlowSockets sockets = sockets_of(end_between(tcp, {"127.0.0.1", client.port()}, {"127.0.0.1", server.port()}));
  CHECK(sockets.ends[0].inode == client.inode());
  CHECK(sockets.ends[1].inode == accepted.inode());

  const Socket datagrams(SOCK_DGRAM, {"::"});
  sockets = sockets_of(end_between(udp, {"127.0.0.1", datagrams.port()}, {"127.0.0.1", 9}));
  CHECK(sockets.ends[0].inode == datagrams.inode());
}

TEST_CASE("sockets of UDP, connected, and bound to one address or to any") {
  for (const auto& [bound, local] : {std::pair{"127.0.0.1", "127.0.0.1"}, std::pair{"0.0.0.0", "127.0.0.1"}, std::pair{"::1", "::1"}, std::pair{"::", "::1"}}) {
    CAPTURE(bound);
    Socket socket(SOCK_DGRAM, {bound});
    const SocketEnd end = end_between(udp, {local, socket.port()}, {local, 9});
    CHECK(sockets_of(end).ends[0].inode == socket.inode());
    CHECK(sockets_of(other_end(end)).ends[1].inode == socket.inode());
    socket.connect({local, 9});
    CHECK(sockets_of(end).ends[0].inode == socket.inode());
    SocketEnd another = end;
    another.remote_port = 10;
    CHECK(!any(sockets_of(another)));
  }
}

TEST_CASE("ends on other machines have no socket here, though one for any address has their port") {
  const Socket datagrams(SOCK_DGRAM, {"0.0.0.0"});
  CHECK(!any(sockets_of(end_between(udp, {"198.51.100.71", datagrams.port()}, {"198.51.100.72", datagrams.port()}))));
  Socket server(SOCK_STREAM, {"::"});
  server.listen();
  CHECK(!any(sockets_of(end_between(tcp, {"198.51.100.71", 1000}, {"198.51.100.72", server.port()}))));
  CHECK(!any(sockets_of(end_between(tcp, {"2001:db8::71", 1000}, {"2001:db8::72", server.port()}))));
  // But whoever listens receives what is for many.
  CHECK(sockets_of(end_between(udp, {"198.51.100.71", 1000}, {"224.0.0.251", datagrams.port()})).ends[1].inode == datagrams.inode());
  CHECK(sockets_of(end_between(udp, {"198.51.100.71", 1000}, {"255.255.255.255", datagrams.port()})).ends[1].inode == datagrams.inode());
}

TEST_CASE("sockets that are bound to a device, in a network of their own") {
  in_network([](Network&) {
    Socket server(SOCK_STREAM, {"127.0.0.1"});
    server.listen();
    REQUIRE(::setsockopt(server.descriptor(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) == 0);
    const FlowSockets sockets = sockets_of(end_between(tcp, {"127.0.0.1", 1}, {"127.0.0.1", server.port()}));
    CHECK(sockets.ends[0].inode == 0);
    CHECK(sockets.ends[1].inode == server.inode());
  });
}

TEST_CASE("the holder of a flow's socket") {
  const Socket socket(SOCK_DGRAM, {"127.0.0.1"});
  ProcessFinder finder;
  const FoundSocket found_socket = finder.socket_at(end_between(udp, {"127.0.0.1", socket.port()}, {"198.51.100.1", 5}));
  REQUIRE(found_socket.inode == socket.inode());
  FoundProcess found;
  CHECK(!finder.find_known(found_socket, found));
  finder.search({{{found_socket, {}}}}, true, std::atomic<bool>{false});
  REQUIRE(finder.find_known(found_socket, found));
  CHECK(found.pid == ::getpid());
  CHECK(found.name == "tests");
  CHECK(!finder.find_known({}, found));
}

TEST_CASE("addresses of this machine") {
  LocalAddresses addresses;
  const uint8_t own[4] = {192, 0, 2, 1};
  const uint8_t broadcast[4] = {192, 0, 2, 255};
  const uint8_t six[16] = {0x20, 1, 0xd, 0xb8};
  CHECK(!addresses.has(4, own));
  addresses.add(4, own, 3);
  addresses.add(4, own, 3);
  addresses.add(6, six, 4);
  addresses.add_broadcast(broadcast);
  CHECK(addresses.has(4, own));
  CHECK(addresses.has(6, six));
  CHECK(!addresses.has(4, six));
  CHECK(addresses.has(4, broadcast));
  CHECK(addresses.devices(4, own) == std::vector<uint32_t>{3});
  CHECK(addresses.devices(4, broadcast) == std::vector<uint32_t>{3, 4});
  const uint8_t foreign[4] = {192, 0, 2, 2};
  CHECK(!addresses.has(4, foreign));
  CHECK(addresses.devices(4, foreign).empty());
  addresses.read();
  CHECK(!addresses.has(4, own));
  const uint8_t loopback[4] = {127, 1, 2, 3};
  CHECK(addresses.has(4, loopback));
}
