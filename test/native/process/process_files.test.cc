#include "engine/process/process_files.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nfstream;
namespace fs = std::filesystem;

namespace {

// A folder that looks like /proc.
class Processes {
 public:
  Processes() {
    char path[] = "/tmp/nfstream-proc-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    root_ = path;
    fs::create_directory(root_ / "self");
    std::ofstream(root_ / "meminfo") << "MemTotal: 1 kB\n";
  }
  ~Processes() { fs::remove_all(root_); }
  std::string root() const { return root_.string(); }

  void add(int pid, const std::string& comm) {
    fs::create_directories(folder(pid) / "fd");
    std::ofstream(folder(pid) / "comm") << comm << '\n';
  }
  void open(int pid, int descriptor, const std::string& link) { fs::create_symlink(link, folder(pid) / "fd" / std::to_string(descriptor)); }
  void close(int pid, int descriptor) { fs::remove(folder(pid) / "fd" / std::to_string(descriptor)); }
  void end(int pid) { fs::remove_all(folder(pid)); }

 private:
  fs::path folder(int pid) const { return root_ / std::to_string(pid); }

  fs::path root_;
};

const std::atomic<bool> goes_on{false};

}  // namespace

TEST_CASE("who holds a socket is found by the descriptors, and known then") {
  Processes processes;
  processes.add(10, "first");
  processes.add(20, "a ) b\n(");
  processes.open(10, 3, "socket:[100]");
  processes.open(10, 4, "pipe:[101]");
  processes.open(20, 1, "/dev/null");
  processes.open(20, 7, "socket:[200]");
  ProcessFiles files(processes.root());
  FoundProcess found;
  CHECK(!files.find_known(100, found));
  files.search({100, 200, 300}, true, goes_on);
  REQUIRE(files.find_known(100, found));
  CHECK(found.pid == 10);
  CHECK(found.name == "first");
  REQUIRE(files.find_known(200, found));
  CHECK(found.pid == 20);
  CHECK(found.name == "a ) b\n(");
  CHECK(!files.find_known(101, found));
  CHECK(!files.find_known(300, found));
  CHECK(files.lately_missed(300));
  CHECK(!files.lately_missed(100));
}

TEST_CASE("what is known holds as long as the process has the socket") {
  Processes processes;
  processes.add(10, "server");
  processes.open(10, 3, "socket:[100]");
  processes.open(10, 4, "socket:[101]");
  ProcessFiles files(processes.root());
  files.search({100, 101}, true, goes_on);
  FoundProcess found;
  processes.close(10, 3);
  processes.open(10, 3, "socket:[102]");
  CHECK(!files.find_known(100, found));
  processes.end(10);
  CHECK(!files.find_known(101, found));
  // Another process has the number now.
  processes.add(10, "another");
  CHECK(!files.find_known(101, found));
  files.search({102}, true, goes_on);
  CHECK(!files.find_known(102, found));
}

TEST_CASE("a search ends when all are found: first among those that were holders before, then among the newest") {
  Processes processes;
  for (const int pid : {10, 20, 30}) processes.add(pid, "p" + std::to_string(pid));
  processes.open(10, 3, "socket:[100]");
  processes.open(30, 3, "socket:[300]");
  ProcessFiles files(processes.root());
  files.search({100}, true, goes_on);
  FoundProcess found;
  REQUIRE(files.find_known(100, found));
  // 10 and 30 hold it; 10 has held what was looked for before.
  processes.open(10, 4, "socket:[400]");
  processes.open(30, 4, "socket:[400]");
  processes.open(20, 4, "socket:[500]");
  processes.open(30, 5, "socket:[500]");
  files.search({400}, true, goes_on);
  REQUIRE(files.find_known(400, found));
  CHECK(found.pid == 10);
  files.search({500}, false, goes_on);
  CHECK(!files.find_known(500, found));
  CHECK(!files.lately_missed(500));
  files.search({500}, true, goes_on);
  REQUIRE(files.find_known(500, found));
  CHECK(found.pid == 30);
}

TEST_CASE("folders of /proc that are not what they should be are passed over") {
  Processes processes;
  processes.add(10, "first");
  processes.open(10, 3, "socket:[100]");
  processes.open(10, 5, "socket:[" + std::string(200, '1') + "]");
  std::ofstream(processes.root() + "/10/fd/6") << "no link";
  std::ofstream(processes.root() + "/11") << "a file";
  fs::create_directories(processes.root() + "/12/fd");  // without a comm
  fs::create_symlink("socket:[120]", processes.root() + "/12/fd/0");
  ProcessFiles files(processes.root());
  files.search({100, 120}, true, goes_on);
  FoundProcess found;
  CHECK(files.find_known(100, found));
  CHECK(!files.find_known(120, found));

  ProcessFiles nowhere(processes.root() + "/nowhere");
  nowhere.search({1}, true, goes_on);
  CHECK(!nowhere.find_known(1, found));

  const std::atomic<bool> given_up{true};
  ProcessFiles another(processes.root());
  another.search({100}, true, given_up);
  CHECK(!another.find_known(100, found));
  CHECK(!another.lately_missed(100));
}
