#include "engine/capture/silence.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "capture/read_all.h"
#include "capture/reading.h"
#include "engine/capture/file_input.h"
#include "engine/capture/follow_input.h"
#include "engine/capture/live_input.h"
#include "engine/capture/pushed_input.h"

using namespace nfstream_test;

namespace {

// A clock that the test sets, in nanoseconds; other threads look at it.
std::atomic<int64_t> now_ns{0};
int64_t given_now() { return now_ns; }

constexpr int64_t second = 1000000000;

using Told = std::optional<int64_t>;
constexpr auto nothing_unread = [] { return false; };

void write_all(int fd, const Bytes& bytes) { REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())); }

// Waits until another thread has come so far.
template <typename Holds>
void until(Holds holds) {
  while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

struct TemporaryFile {
  TemporaryFile() {
    const int fd = ::mkstemp(path);
    REQUIRE(fd >= 0);
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path); }
  Descriptor open(int flags) const { return Descriptor(::open(path, flags)); }
  char path[40] = "/tmp/nfstream-follow-XXXXXX";
};

}  // namespace

TEST_CASE("the clock of a silence") {
  now_ns = 100 * second;
  Silence silence(given_now);
  const auto told = [&] { return silence.now_ns(nothing_unread); };
  silence.wait();
  now_ns = 200 * second;
  CHECK(told() == Told());  // no packet has come
  silence.take();
  silence.came();
  silence.handed_on(1000 * second);
  now_ns += 5 * second;
  CHECK(told() == Told());  // it is being read
  silence.wait();
  CHECK(told() == Told(1005 * second));
  CHECK(silence.now_ns([] { return true; }) == Told());
  now_ns += second;
  CHECK(told() == Told(1006 * second));
  silence.hold();
  CHECK(told() == Told());
  silence.handed_on(1000 * second);
  silence.came();
  now_ns += Silence::shortest_ns - 1;
  CHECK(told() == Told());  // a short pause
  now_ns += 1;
  CHECK(told() == Told(1000 * second + Silence::shortest_ns));
  silence.handed_on(INT64_MAX - 1);
  CHECK(told() == Told(INT64_MAX));
}

TEST_CASE("a socket's clock goes on from its last byte, and stands while something is unread or held back") {
  now_ns = 50 * second;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const Descriptor writer(ends[1]);
  Reading reading(std::make_unique<LiveInput>(Descriptor(ends[0]), given_now));
  const auto told = [&] { return reading.input->silent_clock_ns(); };
  const Pcap pcap;
  const Bytes record = pcap.record(7, 0, udp_frame());
  write_all(writer.get(), pcap.header() + record);
  now_ns += 10 * second;
  CHECK(told() == Told());  // unread
  REQUIRE(reading.read() == ReadStatus::packets);
  now_ns += 10 * second;
  CHECK(told() == Told());  // nobody waits for more
  std::thread waiting([&] { CHECK(reading.read() == ReadStatus::packets); });
  until([&] { return told().has_value(); });
  CHECK(told() == Told(17 * second));
  // Half a record: its writer has more.
  write_all(writer.get(), Bytes(record.begin(), record.begin() + 20));
  until([&] { return !told().has_value(); });
  now_ns += 100 * second;
  for (int i = 0; i < 10; i++) CHECK(told() == Told());
  write_all(writer.get(), Bytes(record.begin() + 20, record.end()));
  waiting.join();
  CHECK(reading.slab.count == 1);
  // A packet that the filter takes out is one that came.
  std::thread cancelled([&] { CHECK(reading.read() == ReadStatus::cancelled); });
  now_ns += 3 * second;
  until([&] { return told().has_value(); });
  CHECK(told() == Told(10 * second));
  reading.input->cancel();
  cancelled.join();
  CHECK(told() == Told());
}

TEST_CASE("pushed bytes have the clock of a silence once all of them are parsed") {
  now_ns = 50 * second;
  auto own = std::make_unique<PushedInput>(given_now);
  PushedInput* input = own.get();
  Reading reading(std::move(own));
  const Pcap pcap;
  const Bytes file = pcap.header() + pcap.record(7, 0, udp_frame());
  REQUIRE(input->push(file.data(), file.size() - 1));
  REQUIRE(reading.read() == ReadStatus::pending);
  now_ns += second;
  CHECK(input->silent_clock_ns() == Told());
  REQUIRE(input->push(file.data() + file.size() - 1, 1));
  now_ns += second;
  CHECK(input->silent_clock_ns() == Told());
  REQUIRE(reading.read() == ReadStatus::pending);
  CHECK(reading.slab.count == 1);
  CHECK(input->silent_clock_ns() == Told(8 * second));
  input->finish();
  REQUIRE(reading.read() == ReadStatus::end);
}

TEST_CASE("a capture behind others has their time as soon as it has its header") {
  now_ns = 50 * second;
  auto own = std::make_unique<PushedInput>(given_now);
  PushedInput* input = own.get();
  CaptureOptions options;
  options.largest_ns = 30 * second;
  Reading reading(std::move(own), options);
  REQUIRE(reading.read() == ReadStatus::pending);
  now_ns += second;
  CHECK(input->silent_clock_ns() == Told());
  const Bytes header = Pcap().header();
  REQUIRE(input->push(header.data(), header.size()));
  REQUIRE(reading.read() == ReadStatus::pending);
  now_ns += second;
  CHECK(input->silent_clock_ns() == Told(31 * second));
}

TEST_CASE("a regular file has no such clock") {
  const TemporaryFile file;
  const Pcap pcap;
  write_all(file.open(O_WRONLY).get(), pcap.header() + pcap.record(7, 0, udp_frame()));
  Reading reading(std::make_unique<FileInput>(file.open(O_RDONLY)));
  REQUIRE(reading.read() == ReadStatus::end);
  CHECK(reading.input->silent_clock_ns() == Told());
}

TEST_CASE("a file that grows is waited for, byte by byte, until no more comes") {
  now_ns = 0;
  const TemporaryFile file;
  const Pcap pcap;
  const Bytes content = pcap.header() + pcap.record(7, 0, udp_frame()) + pcap.record(8, 0, udp_frame());
  auto own = std::make_unique<FollowInput>(file.open(O_RDONLY), file.path, given_now);
  FollowInput* input = own.get();
  Reading reading(std::move(own));
  const Descriptor writer = file.open(O_WRONLY);
  std::thread writing([&] {
    for (const uint8_t byte : content) write_all(writer.get(), {byte});
  });
  size_t packets = 0;
  while (packets < 2) {
    REQUIRE(reading.read() == ReadStatus::packets);
    packets += reading.slab.count;
  }
  writing.join();
  std::thread ending([&] { CHECK(reading.read() == ReadStatus::end); });
  now_ns = 9 * second;
  until([&] { return input->silent_clock_ns().has_value(); });
  CHECK(input->silent_clock_ns() == Told(17 * second));
  input->finish();
  ending.join();
  CHECK(input->ending() == FollowInput::Ending::whole);
}

TEST_CASE("half a record is damage only where no more comes") {
  const TemporaryFile file;
  const Pcap pcap;
  const Bytes content = pcap.header() + pcap.record(7, 0, udp_frame());
  for (const bool finished : {true, false}) {
    write_all(file.open(O_WRONLY).get(), Bytes(content.begin(), content.end() - 3));
    auto own = std::make_unique<FollowInput>(file.open(O_RDONLY), file.path);
    FollowInput* input = own.get();
    Reading reading(std::move(own));
    std::thread later([&] { finished ? input->finish() : input->cancel(); });
    CHECK(reading.read() == (finished ? ReadStatus::damaged : ReadStatus::cancelled));
    later.join();
    if (finished) CHECK(reading.reader.damage().code == "ERR_NFSTREAM_TRUNCATED");
  }
}

TEST_CASE("a file that is followed ends when it is cut short, and when its path stands for another") {
  const Pcap pcap;
  const Bytes content = pcap.header() + pcap.record(7, 0, udp_frame());
  for (const bool cut : {true, false}) {
    const TemporaryFile file;
    const Descriptor writer = file.open(O_WRONLY);
    write_all(writer.get(), content);
    auto own = std::make_unique<FollowInput>(file.open(O_RDONLY), file.path);
    FollowInput* input = own.get();
    Reading reading(std::move(own));
    REQUIRE(reading.read() == ReadStatus::packets);
    if (cut) REQUIRE(::ftruncate(writer.get(), 10) == 0);
    // A file that has lost its name is followed until another has it.
    else REQUIRE(::unlink(file.path) == 0);
    std::thread replacing([&] {
      if (cut) return;
      write_all(writer.get(), pcap.record(8, 0, udp_frame()));
      const std::string other = std::string(file.path) + ".new";
      Descriptor made(::open(other.c_str(), O_WRONLY | O_CREAT, 0600));
      CHECK(std::rename(other.c_str(), file.path) == 0);
    });
    ReadStatus status = ReadStatus::packets;
    size_t packets = 0;
    for (; status == ReadStatus::packets; packets += reading.slab.count) status = reading.read();
    replacing.join();
    CHECK(status == ReadStatus::end);
    CHECK(packets == (cut ? 0 : 1));
    CHECK(input->ending() == (cut ? FollowInput::Ending::truncated : FollowInput::Ending::replaced));
  }
}
