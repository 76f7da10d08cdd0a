#include "engine/process/diag_message.h"

#include <doctest/doctest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <cerrno>
#include <vector>

#include "process/sockets.h"

using namespace nfstream;
using namespace nfstream_test;

namespace {

using Bytes = std::vector<uint8_t>;

template <class Body>
void append(Bytes& to, uint16_t type, uint32_t number, const Body& body) {
  nlmsghdr header{};
  header.nlmsg_len = sizeof header + sizeof body;
  header.nlmsg_type = type;
  header.nlmsg_seq = number;
  const auto* at = reinterpret_cast<const uint8_t*>(&header);
  to.insert(to.end(), at, at + sizeof header);
  at = reinterpret_cast<const uint8_t*>(&body);
  to.insert(to.end(), at, at + sizeof body);
  to.resize((to.size() + 3) & ~size_t{3});
}

inet_diag_msg socket_with(uint16_t port, uint32_t inode, uint8_t state) {
  inet_diag_msg told{};
  told.idiag_state = state;
  told.id.idiag_sport = htons(port);
  told.idiag_inode = inode;
  return told;
}

// No more of it is looked at.
const SocketEnd end{6, 4, 1000, 80, {}, {}};

}  // namespace

TEST_CASE("a question names the socket; of UDP the kernel takes its ends the other way round") {
  for (const uint8_t protocol : {uint8_t{6}, uint8_t{17}}) {
    uint8_t bytes[diag_question_bytes];
    write_diag_question(bytes, end_between(protocol, {"2001:db8::1", 1000}, {"2001:db8::2", 80}), 7, 99);
    nlmsghdr header;
    inet_diag_req_v2 request;
    std::memcpy(&header, bytes, sizeof header);
    std::memcpy(&request, bytes + sizeof header, sizeof request);
    CHECK(header.nlmsg_len == sizeof bytes);
    CHECK(header.nlmsg_seq == 99);
    CHECK(request.sdiag_family == AF_INET6);
    CHECK(request.sdiag_protocol == protocol);
    CHECK(request.id.idiag_if == 7);
    CHECK(ntohs(request.id.idiag_sport) == (protocol == 6 ? 1000 : 80));
    CHECK(ntohs(request.id.idiag_dport) == (protocol == 6 ? 80 : 1000));
    CHECK(reinterpret_cast<const uint8_t*>(request.id.idiag_src)[15] == (protocol == 6 ? 1 : 2));
  }
}

TEST_CASE("answers of the kernel") {
  FoundSocket found{};
  Bytes bytes;
  append(bytes, SOCK_DIAG_BY_FAMILY, 4, socket_with(1000, 1, 1));  // to a question whose answer nobody waited for
  append(bytes, SOCK_DIAG_BY_FAMILY, 5, socket_with(1000, 4711, 1));
  CHECK(read_diag_answer(bytes.data(), bytes.size(), end, 5, found) == DiagAnswer::found);
  CHECK(found.inode == 4711);
  CHECK(!found.listens);
  CHECK(read_diag_answer(bytes.data(), bytes.size(), end, 6, found) == DiagAnswer::unrelated);

  bytes.clear();
  append(bytes, SOCK_DIAG_BY_FAMILY, 5, socket_with(1000, 5, 10));
  CHECK(read_diag_answer(bytes.data(), bytes.size(), end, 5, found) == DiagAnswer::found);
  CHECK(found.listens);
  SocketEnd other = end;
  other.local_port = 1001;
  CHECK(read_diag_answer(bytes.data(), bytes.size(), other, 5, found) == DiagAnswer::none);

  const struct {
    int error;
    DiagAnswer answer;
  } errors[] = {{-ENOENT, DiagAnswer::none}, {-EINVAL, DiagAnswer::refused}, {-EPERM, DiagAnswer::refused}, {0, DiagAnswer::refused}};
  for (const auto& [error, answer] : errors) {
    nlmsgerr told{};
    told.error = error;
    bytes.clear();
    append(bytes, NLMSG_ERROR, 5, told);
    CHECK(read_diag_answer(bytes.data(), bytes.size(), end, 5, found) == answer);
  }
}

TEST_CASE("answers that are cut off, or whose lengths are wrong, are none") {
  Bytes whole;
  append(whole, SOCK_DIAG_BY_FAMILY, 5, socket_with(1000, 4711, 1));
  FoundSocket found{};
  for (size_t size = 0; size < whole.size(); size++) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));  // of just this size, so that a sanitizer sees what is read behind it
    CHECK(read_diag_answer(cut.data(), cut.size(), end, 5, found) == DiagAnswer::unrelated);
  }
  for (const uint32_t length : {0u, 15u, 16u, 17u, 87u, 89u, 0xfffffffcu, 0xffffffffu}) {
    Bytes wrong = whole;
    std::memcpy(wrong.data(), &length, sizeof length);
    CHECK(read_diag_answer(wrong.data(), wrong.size(), end, 5, found) == DiagAnswer::unrelated);
    // Behind a message of another question it is none either.
    Bytes second;
    append(second, NLMSG_NOOP, 1, uint8_t{0});
    second.insert(second.end(), wrong.begin(), wrong.end());
    CHECK(read_diag_answer(second.data(), second.size(), end, 5, found) == DiagAnswer::unrelated);
  }
  Bytes error;
  append(error, NLMSG_ERROR, 5, uint16_t{0});
  CHECK(read_diag_answer(error.data(), error.size() - 2, end, 5, found) == DiagAnswer::unrelated);
  CHECK(found.inode == 0);
}
