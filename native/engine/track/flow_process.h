// The process at a flow's local end, as far as it is known. A track of a flow: it begins as zeros, and owns the name.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace nfstream {

struct FlowProcess {
  uint64_t serial;  // of the flow, among those of its meter; 0 when there is nothing to know
  char* name;       // null for none
  uint32_t name_size;
  int32_t pid;       // 0 for none
  uint32_t due;      // questions without an answer
  bool by_listener;  // found by the socket that its server listens at

  bool known() const { return pid != 0; }
  // What is known already is kept, unless it was found by a listening socket and this was not. False when there is no memory.
  bool note(int32_t found, const std::string& found_name, bool listens) {
    if (found == 0 || (known() && (!by_listener || listens))) return true;
    char* copy = static_cast<char*>(std::malloc(found_name.size() + 1));
    if (copy == nullptr) return false;
    std::memcpy(copy, found_name.data(), found_name.size());
    std::free(name);
    name = copy;
    name_size = static_cast<uint32_t>(found_name.size());
    pid = found;
    by_listener = listens;
    return true;
  }
  void release() {
    std::free(name);
    *this = {};
  }
};

}  // namespace nfstream
