#include "engine/process/process_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/process/process_text.h"

namespace nfstream {

namespace {

// Sockets whose holders are remembered: when there are more, the next search forgets them and begins anew.
constexpr size_t most_holders = 1 << 18;
constexpr size_t most_recent = 32;
constexpr size_t most_missed = 1 << 16;
constexpr std::chrono::seconds missed_holds{1};
// A server has many flows with one socket.
constexpr std::chrono::milliseconds seen_holds{100};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

uint32_t inode_at(int folder, const char* name) {
  char link[64];
  const ssize_t size = ::readlinkat(folder, name, link, sizeof link);
  return size <= 0 || size == sizeof link ? 0 : socket_inode(link, static_cast<size_t>(size));
}

// The beginning of a file; false when it can't be read.
bool read_start(const std::string& path, char* to, size_t room, size_t& size) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return false;
  const ssize_t got = ::read(file, to, room);
  ::close(file);
  size = got < 0 ? 0 : static_cast<size_t>(got);
  return got >= 0;
}

}  // namespace

bool ProcessFiles::name_of(int32_t pid, std::string& name) const {
  char comm[64];
  char cmdline[4096];
  size_t comm_size = 0;
  size_t cmdline_size = 0;
  if (!read_start(path(pid, "/comm"), comm, sizeof comm, comm_size)) return false;
  if (may_be_cut(comm_size)) (void)read_start(path(pid, "/cmdline"), cmdline, sizeof cmdline, cmdline_size);  // without it what comm has is the name
  name = process_name(comm, comm_size, cmdline, cmdline_size);
  return true;
}

// A process that still holds the socket is the one that held it: no two sockets have one inode.
bool ProcessFiles::find_known(uint32_t inode, FoundProcess& found) {
  const auto known = holders_.find(inode);
  if (known == holders_.end()) return false;
  Holder& holder = known->second;
  const auto now = Clock::now();
  if (now - holder.seen < seen_holds) {
    found = {holder.pid, holder.name};
    return true;
  }
  const std::string link = path(holder.pid, ("/fd/" + std::to_string(holder.descriptor)).c_str());
  if (name_of(holder.pid, holder.name) && inode_at(AT_FDCWD, link.c_str()) == inode) {
    holder.seen = now;
    found = {holder.pid, holder.name};
    note_holder(holder.pid);
    return true;
  }
  holders_.erase(known);
  return false;
}

void ProcessFiles::search(std::unordered_set<uint32_t> inodes, bool everywhere, const std::atomic<bool>& given_up) {
  if (holders_.size() >= most_holders) holders_.clear();
  for (const int32_t pid : std::vector<int32_t>(recent_)) {
    if (inodes.empty() || given_up) return;
    search_process(pid, inodes);
  }
  if (!everywhere) return;
  std::vector<int32_t> pids;
  if (const Folder all{::opendir(root_.c_str())}) {
    while (const dirent* entry = ::readdir(all.get())) {
      const int32_t pid = proc_number(entry->d_name);
      if (pid > 0 && std::find(recent_.begin(), recent_.end(), pid) == recent_.end()) pids.push_back(pid);
    }
  }
  // What is new may end soon.
  std::sort(pids.begin(), pids.end(), std::greater<>());
  for (const int32_t pid : pids) {
    if (inodes.empty() || given_up) return;
    search_process(pid, inodes);
  }
  if (missed_.size() >= most_missed) missed_.clear();
  const auto now = Clock::now();
  for (const uint32_t inode : inodes) missed_[inode] = now;
}

bool ProcessFiles::lately_missed(uint32_t inode) const {
  const auto missed = missed_.find(inode);
  return missed != missed_.end() && Clock::now() - missed->second < missed_holds;
}

void ProcessFiles::search_process(int32_t pid, std::unordered_set<uint32_t>& inodes) {
  const Folder folder{::opendir(path(pid, "/fd").c_str())};
  if (folder == nullptr) return;  // it has ended, or we may not
  while (const dirent* entry = ::readdir(folder.get())) {
    const int32_t descriptor = proc_number(entry->d_name);
    if (descriptor < 0) continue;
    const uint32_t inode = inode_at(::dirfd(folder.get()), entry->d_name);
    if (inode == 0) continue;
    const bool wanted = inodes.erase(inode) > 0;
    if (wanted || holders_.size() < most_holders) holders_[inode] = {pid, descriptor, {}, {}};
  }
}

void ProcessFiles::note_holder(int32_t pid) {
  const auto at = std::find(recent_.begin(), recent_.end(), pid);
  if (at != recent_.end()) recent_.erase(at);
  recent_.insert(recent_.begin(), pid);
  if (recent_.size() > most_recent) recent_.pop_back();
}

}  // namespace nfstream
