#include "engine/process/process_text.h"

#include <cstring>
#include <string_view>

#include "engine/text/utf8.h"

namespace nfstream {

namespace {

constexpr size_t longest_comm = 15;
constexpr size_t longest_name = 255;

// All of `text` as a number of at most `most`; false when it is none.
bool read_number(std::string_view text, uint64_t most, uint64_t& number) {
  number = 0;
  if (text.empty()) return false;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
    if (number > most) return false;
  }
  return true;
}

}  // namespace

uint32_t socket_inode(const char* link, size_t size) {
  constexpr std::string_view before = "socket:[";
  const std::string_view text(link, size);
  uint64_t inode;
  if (text.size() <= before.size() || text.substr(0, before.size()) != before || text.back() != ']') return 0;
  return read_number(text.substr(before.size(), text.size() - before.size() - 1), UINT32_MAX, inode) ? static_cast<uint32_t>(inode) : 0;
}

int32_t proc_number(const char* name) {
  uint64_t number;
  return read_number(name, INT32_MAX, number) ? static_cast<int32_t>(number) : -1;
}

bool may_be_cut(size_t comm_size) { return comm_size > longest_comm; }  // with its newline

std::string process_name(const char* comm, size_t comm_size, const char* cmdline, size_t cmdline_size) {
  std::string_view name(comm, comm_size);
  if (!name.empty() && name.back() == '\n') name.remove_suffix(1);  // the file's; a name may hold others
  if (name.size() >= longest_comm) {
    std::string_view program(cmdline, cmdline_size);
    program = program.substr(0, program.find('\0'));
    const size_t slash = program.rfind('/');
    if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
    if (program.substr(0, name.size()) == name) name = program;
  }
  std::string told;
  append_utf8(told, name.data(), name.size(), longest_name);
  return told;
}

}  // namespace nfstream
