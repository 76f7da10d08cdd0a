// Which process holds a socket, by the descriptors in /proc.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nfstream {

struct FoundProcess {
  int32_t pid = 0;   // 0 for none
  std::string name;  // valid UTF-8
};

class ProcessFiles {
 public:
  explicit ProcessFiles(std::string root = "/proc") : root_(std::move(root)) {}

  // The process that was seen to hold the socket, if it still does (or did a moment ago). Quick.
  bool find_known(uint32_t inode, FoundProcess& found);
  // Looks for the holders of these sockets, and notes every socket that it sees on the way: in processes that held what was looked for before, and then, if it
  // is to look `everywhere`, in all others, the newest first. Ends when all are seen, and when `given_up` is set. Everywhere it takes milliseconds.
  void search(std::unordered_set<uint32_t> inodes, bool everywhere, const std::atomic<bool>& given_up);
  // Whether a search of the last second has looked for it everywhere in vain: we may not see everybody's descriptors.
  bool lately_missed(uint32_t inode) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Holder {
    int32_t pid;
    int32_t descriptor;
    Clock::time_point seen;  // when it was seen to hold it, under this name; long ago where the name is not known yet
    std::string name;
  };

  void search_process(int32_t pid, std::unordered_set<uint32_t>& inodes);
  void note_holder(int32_t pid);
  bool name_of(int32_t pid, std::string& name) const;
  std::string path(int32_t pid, const char* rest) const { return root_ + "/" + std::to_string(pid) + rest; }

  std::string root_;
  std::unordered_map<uint32_t, Holder> holders_;
  std::unordered_map<uint32_t, Clock::time_point> missed_;
  std::vector<int32_t> recent_;  // processes that held what was looked for, the last one first
};

}  // namespace nfstream
