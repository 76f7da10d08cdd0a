// Questions to the kernel about one socket, and its answers (NETLINK_SOCK_DIAG).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/process/socket_end.h"

namespace nfstream {

struct FoundSocket {
  uint32_t inode;  // 0 for one that no process holds: not accepted yet, or closed
  bool listens;    // it is the listening socket that the connection would come to, not the connection's own
};

enum class DiagAnswer {
  found,
  none,       // there is no such socket
  refused,    // the kernel does not answer this question
  unrelated,  // nothing in it is an answer to this question
};

constexpr size_t diag_question_bytes = 72;

// Writes the question with this number. `device`: also sockets that are bound to the device of this index; 0 for none.
void write_diag_question(uint8_t* out, const SocketEnd& end, uint32_t device, uint32_t number);
// Reads what came, which may be cut off anywhere, as the answer to the question with this number.
DiagAnswer read_diag_answer(const uint8_t* bytes, size_t size, const SocketEnd& end, uint32_t number, FoundSocket& found);

}  // namespace nfstream
