// What /proc says of processes, as text that anybody who runs a program may have chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nfstream {

// The inode of a link such as "socket:[4711]"; 0 for any other.
uint32_t socket_inode(const char* link, size_t size);
// The number of a process or descriptor, the name of a folder or link in /proc; -1 for any other name.
int32_t proc_number(const char* name);
// The name of a process as valid UTF-8, as psutil (and so nfstream) tells it: its `comm`, which the kernel cuts to 15 bytes, and the name of its program, as
// `cmdline` begins, where that begins with a `comm` that may be cut. Both are the files' bytes. At most 255 bytes are told.
std::string process_name(const char* comm, size_t comm_size, const char* cmdline, size_t cmdline_size);
// Whether process_name() needs `cmdline`.
bool may_be_cut(size_t comm_size);

}  // namespace nfstream
