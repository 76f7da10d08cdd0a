// Finds sockets of the network namespace that it was made in, one by one, by asking the kernel.
#pragma once

#include <cstdint>
#include <string>

#include "engine/process/diag_message.h"

namespace nfstream {

class SocketDiag {
 public:
  SocketDiag();
  ~SocketDiag();
  SocketDiag(const SocketDiag&) = delete;
  SocketDiag& operator=(const SocketDiag&) = delete;

  // Why the kernel can't be asked; '' when it can.
  const std::string& problem() const { return problem_; }
  // False when there is none, or when the kernel does not say. `device` as in a question.
  bool find(const SocketEnd& end, uint32_t device, FoundSocket& found);

 private:
  DiagAnswer receive(const SocketEnd& end, FoundSocket& found);
  bool finds_own(uint8_t protocol);

  int socket_;
  uint32_t number_ = 0;
  std::string problem_;
};

}  // namespace nfstream
