#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "capture/read_all.h"
#include "capture/reading.h"
#include "engine/capture/file_input.h"
#include "engine/capture/live_input.h"

using namespace nfstream_test;
using Clock = std::chrono::steady_clock;

namespace {

long ms_since(Clock::time_point start) { return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count()); }

void write_all(int fd, const Bytes& bytes) { REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())); }

struct Live : Reading<LiveInput> {
  explicit Live(int fd) : Reading(std::make_unique<LiveInput>(Descriptor::duplicate(fd))) {}
};

struct TemporaryFolder {
  TemporaryFolder() { REQUIRE(::mkdtemp(path) != nullptr); }
  ~TemporaryFolder() {
    ::unlink(file().c_str());
    ::rmdir(path);
  }
  std::string file() const { return std::string(path) + "/capture"; }
  char path[32] = "/tmp/nfstream-test-XXXXXX";
};

}  // namespace

TEST_CASE("a regular file") {
  const TemporaryFolder folder;
  const Pcap pcap;
  const Bytes file = pcap.header() + pcap.record(1, 0, udp_frame());
  Descriptor fd(::open(folder.file().c_str(), O_RDWR | O_CREAT, 0600));
  write_all(fd.get(), file);
  REQUIRE(::lseek(fd.get(), 0, SEEK_SET) == 0);
  FileInput input(std::move(fd));
  Bytes bytes(1000);
  size_t got = 0;
  CHECK(input.read(bytes.data(), bytes.size(), wait_for_ever, got) == InputStatus::bytes);
  CHECK(got == file.size());
  CHECK(input.read(bytes.data(), bytes.size(), wait_for_ever, got) == InputStatus::end);
  input.cancel();
  CHECK(input.read(bytes.data(), bytes.size(), wait_for_ever, got) == InputStatus::cancelled);
}

TEST_CASE("what cannot be read says why") {
  const TemporaryFolder folder;
  FileInput directory(Descriptor(::open(folder.path, O_RDONLY)));
  uint8_t byte;
  size_t got = 0;
  CHECK(directory.read(&byte, 1, wait_for_ever, got) == InputStatus::failed);
  CHECK(directory.error().code == "ERR_NFSTREAM_READ");
  CHECK(directory.error().text.find("Is a directory") != std::string::npos);
}

TEST_CASE("a silent pipe: packets go out though nothing follows them, and a cancel wakes the reader") {
  for (const bool socket : {false, true}) {
    int ends[2];
    REQUIRE((socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : ::pipe(ends)) == 0);
    const Descriptor from(ends[0]), to(ends[1]);
    Live live(from.get());
    const Pcap pcap;
    const Bytes record = pcap.record(1, 0, udp_frame());
    write_all(to.get(), pcap.header() + record + Bytes(record.begin(), record.begin() + 10));
    const Clock::time_point start = Clock::now();
    CHECK(live.read() == ReadStatus::packets);
    CHECK(live.slab.count == 1);
    CHECK(ms_since(start) >= 95);
    write_all(to.get(), Bytes(record.begin() + 10, record.end()));
    CHECK(live.read() == ReadStatus::packets);
    CHECK(live.slab.count == 1);
    CHECK(live.slab.first_number == 2);
    // Nothing but the cancel can end this read.
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      live.input->cancel();
    });
    CHECK(live.read() == ReadStatus::cancelled);
    canceller.join();
    CHECK(live.read() == ReadStatus::cancelled);
    CHECK((::fcntl(from.get(), F_GETFL) & O_NONBLOCK) == 0);
  }
}

TEST_CASE("a writer that keeps writing does not hold packets back") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Descriptor from(ends[0]), to(ends[1]);
  Live live(from.get());
  const Pcap pcap;
  write_all(to.get(), pcap.header());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (uint32_t i = 0; !done; i++) {
      write_all(to.get(), pcap.record(i, 0, udp_frame()));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  // While the writer goes on; and a slab that is full goes out anyway.
  CHECK(live.read() == ReadStatus::packets);
  CHECK(live.slab.count < live.records.size());
  done = true;
  writer.join();
}

TEST_CASE("the end of a pipe is the end of the capture") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Descriptor from(ends[0]);
  Live live(from.get());
  const Pcap pcap;
  {
    const Descriptor to(ends[1]);
    write_all(to.get(), pcap.header() + pcap.record(1, 0, udp_frame()));
  }
  CHECK(live.read() == ReadStatus::end);
  CHECK(live.slab.count == 1);
}

TEST_CASE("a FIFO without a writer waits for the first one") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo(folder.file().c_str(), 0600) == 0);
  const Descriptor from(::open(folder.file().c_str(), O_RDONLY | O_NONBLOCK));
  Live live(from.get());
  const Pcap pcap;
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    const Descriptor to(::open(folder.file().c_str(), O_WRONLY));
    const Bytes file = pcap.header() + pcap.record(1, 0, udp_frame());
    for (const uint8_t byte : file) write_all(to.get(), Bytes{byte});
  });
  CHECK(live.read() == ReadStatus::end);
  CHECK(live.slab.count == 1);
  writer.join();
}
