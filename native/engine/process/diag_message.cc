#include "engine/process/diag_message.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace nfstream {

namespace {

constexpr uint8_t listening = 10;  // TCP_LISTEN of the kernel's states

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};
static_assert(sizeof(Question) == diag_question_bytes);

}  // namespace

void write_diag_question(uint8_t* out, const SocketEnd& end, uint32_t device, uint32_t number) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.header.nlmsg_seq = number;
  inet_diag_req_v2& request = question.request;
  request.sdiag_family = end.ip_version == 4 ? AF_INET : AF_INET6;
  request.sdiag_protocol = end.protocol;
  request.idiag_states = UINT32_MAX;
  request.id.idiag_if = device;
  request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  // The kernel looks for a UDP socket as for the receiver of a packet: what is remote stands first.
  const bool swapped = end.protocol == IPPROTO_UDP;
  request.id.idiag_sport = htons(swapped ? end.remote_port : end.local_port);
  request.id.idiag_dport = htons(swapped ? end.local_port : end.remote_port);
  const size_t bytes = end.ip_version == 4 ? 4 : 16;
  std::memcpy(request.id.idiag_src, swapped ? end.remote : end.local, bytes);
  std::memcpy(request.id.idiag_dst, swapped ? end.local : end.remote, bytes);
  std::memcpy(out, &question, sizeof question);
}

DiagAnswer read_diag_answer(const uint8_t* bytes, size_t size, const SocketEnd& end, uint32_t number, FoundSocket& found) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) return DiagAnswer::unrelated;
    const uint8_t* body = bytes + sizeof header;
    const size_t body_size = header.nlmsg_len - sizeof header;
    const size_t step = (size_t{header.nlmsg_len} + 3) & ~size_t{3};
    bytes += step < size ? step : size;
    size -= step < size ? step : size;
    if (header.nlmsg_seq != number) continue;
    if (header.nlmsg_type == NLMSG_ERROR) {
      int32_t error;
      if (body_size < sizeof error) return DiagAnswer::unrelated;
      std::memcpy(&error, body, sizeof error);
      return error == -ENOENT ? DiagAnswer::none : DiagAnswer::refused;
    }
    inet_diag_msg told;
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || body_size < sizeof told) return DiagAnswer::unrelated;
    std::memcpy(&told, body, sizeof told);
    if (ntohs(told.id.idiag_sport) != end.local_port) return DiagAnswer::none;
    found = {told.idiag_inode, end.protocol == IPPROTO_TCP && told.idiag_state == listening};
    return DiagAnswer::found;
  }
  return DiagAnswer::unrelated;
}

}  // namespace nfstream
