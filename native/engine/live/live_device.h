// One socket of a device that is captured from: libpcap's handle, and the kernel's ring behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/live/fanout.h"
#include "engine/live/live_options.h"

struct pcap;

namespace nfstream {

// A packet where libpcap shows it: valid during the call that gives it.
struct RingPacket {
  int64_t time_ns;
  const uint8_t* bytes;
  uint32_t captured_length;
  uint32_t wire_length;
};

class PacketTaker {
 public:
  virtual ~PacketTaker() = default;
  // Takes a packet; false when no other one is wanted for now.
  virtual bool take(const RingPacket& packet) = 0;
};

class LiveDevice {
 public:
  // How long a packet may be in the ring before it can be seen, at most: the kernel gives a block that is not full away at the second tick of its timer that
  // finds it open, and a timer may be late.
  static int64_t most_unseen_ns(const LiveOptions& options) { return (2 * block_timeout_ms(options) + 20) * int64_t{1'000'000}; }

  explicit LiveDevice(std::string name) : name_(std::move(name)) {}

  // What is wrong when it can't be opened.
  std::optional<LiveProblem> open(const LiveOptions& options);
  // The same for one of several sockets of a device, which nothing reaches yet.
  std::optional<LiveProblem> join(const LiveOptions& options, Fanout& fanout);
  // What comes from here on reaches a socket that has joined: when all have, so that each packet comes to one of them.
  std::optional<LiveProblem> begin(const LiveOptions& options);

  const std::string& name() const { return name_; }
  int descriptor() const { return descriptor_; }
  uint16_t link_type() const { return link_type_; }
  uint8_t time_resolution() const { return nanoseconds_ ? 9 : 6; }

  // Gives packets that are in the ring, `most` of them or with -1 all; never waits. False when it can't be read any more.
  bool read(int most, PacketTaker& taker);

  // What has become of it: gone, or down. Nothing when it is as it was.
  std::optional<LiveProblem> fate();
  // Goes on with a device that went down or away, once one of its name is up. The socket and its ring stay, so that it takes no right.
  enum class Return { not_yet, back, other_link };
  Return come_back(const LiveOptions& options);
  // What libpcap said when read() failed.
  LiveProblem read_problem() const;

  // From here on nothing more comes into the ring.
  void shut();

  // What the kernel has counted since this was asked last: packets that came for us, and those of them that found no room in the ring.
  struct Counted {
    uint64_t arrived = 0;
    uint64_t dropped = 0;
  };
  Counted take_counts();

 private:
  struct Close {
    void operator()(pcap* handle) const;
  };
  static constexpr int block_timeout_ms(const LiveOptions& options) { return options.readers > 1 ? 8 : 50; }  // others wait for what one may have unseen
  std::optional<LiveProblem> activate(const LiveOptions& options);
  std::optional<LiveProblem> prepare(const LiveOptions& options);
  bool is_loopback() const;
  static bool needs_program(const LiveOptions& options);
  std::optional<LiveProblem> set_filter(const LiveOptions& options);
  LiveProblem refused(int status) const;
  int hardware() const;
  LiveProblem problem(const char* code, const std::string& text) const { return {code, name_, text}; }

  std::string name_;
  std::unique_ptr<pcap, Close> handle_;
  int descriptor_ = -1;
  int index_ = 0;      // of the interface; 0 for all
  int hardware_ = -1;  // its ARPHRD_ type
  uint16_t link_type_ = 0;
  bool nanoseconds_ = false;
};

}  // namespace nfstream
