#include <pthread.h>

#include "capture/read_all.h"
#include "decode/sample_frames.h"
#include "engine/capture/packet_filter.h"
#include "engine/decode/link.h"

using namespace nfstream_test;

namespace {

constexpr const char* filter = "udp src port 2";

// One packet of port 1 and one of port 2 in the same wrapping.
ReadCapture filtered(uint32_t link_type, const Bytes& before, bool big = false) {
  Pcap pcap{{big}};
  pcap.link_type = link_type;
  return read_all(pcap.header() + pcap.record(1, 0, before + udp_packet(1)) + pcap.record(2, 0, before + udp_packet(2)), filter);
}

}  // namespace

TEST_CASE("a filter keeps what matches, and numbers count on") {
  const Pcap pcap;
  const ReadCapture capture =
      read_all(pcap.header() + pcap.record(1, 0, udp_frame(1)) + pcap.record(2, 0, udp_frame(2)) + pcap.record(3, 0, udp_frame(3)), filter);
  CHECK(capture.status == ReadStatus::end);
  REQUIRE(capture.packets.size() == 1);
  CHECK(capture.packets[0].number == 2);
  CHECK(capture.packets[0].offset == 24 + 16 + udp_frame().size());
  CHECK(capture.counters.packets == 3);
  CHECK(capture.counters.filtered == 2);
}

TEST_CASE("a filter works on every link type, whatever machine wrote the capture") {
  const Order le, be{true};
  const Bytes ethernet = Bytes(12, 2) + Bytes{8, 0};
  const Bytes cooked = be.u16(0) + be.u16(1) + be.u16(6) + Bytes(8, 0) + be.u16(0x0800);
  const Bytes cooked2 = be.u16(0x0800) + be.u16(0) + be.u32(1) + be.u16(1) + Bytes{0, 6} + Bytes(8, 0);
  struct Case {
    uint32_t link_type;
    Bytes before;
  };
  for (const Case& c : {Case{1, ethernet}, Case{0, le.u32(2)}, Case{0, be.u32(2)}, Case{108, be.u32(2)}, Case{12, {}}, Case{14, {}}, Case{101, {}},
                        Case{228, {}}, Case{113, cooked}, Case{276, cooked2}, Case{9, Bytes{0xff, 3, 0, 0x21}}, Case{50, Bytes{0xff, 3, 0, 0x21}},
                        Case{104, Bytes{0x0f, 0, 8, 0}}, Case{192, Bytes{0, 0} + le.u16(8) + le.u32(1) + ethernet}}) {
    CAPTURE(c.link_type);
    for (const bool big : {false, true}) {
      const ReadCapture capture = filtered(c.link_type, c.before, big);
      CHECK_MESSAGE(capture.status == ReadStatus::end, capture.damage.text);
      REQUIRE(capture.packets.size() == 1);
      CHECK(capture.packets[0].number == 2);
      CHECK(capture.packets[0].record.src_port == 2);
    }
  }
}

namespace {

PacketFilter::Result matches(const std::string& expression, unsigned link_type, const Bytes& frame, size_t wire = 0) {
  const Bytes exact(frame.begin(), frame.end());
  PacketFilter filter(std::make_shared<FilterPrograms>(expression));
  return filter.apply(static_cast<uint16_t>(link_type), exact.data(), static_cast<uint32_t>(exact.size()), static_cast<uint32_t>(wire));
}

}  // namespace

TEST_CASE("where libpcap can't filter a link type, filters look at the packet in it") {
  using Result = PacketFilter::Result;
  unsigned looked_into = 0;
  for (const test::SampleFrame& sample : test::sample_frames()) {
    const LinkType* link_type = find_link_type(sample.link_type);
    // libpcap's own filters for what is inside do not look behind tags.
    const bool wrapped = link_type->unwrap != nullptr && sample.vlan_id == 0;
    if (sample.tunnel_id != 0 || (link_type->filter == FilterOn::frame && !wrapped)) continue;
    looked_into++;
    CAPTURE(sample.name);
    const std::string version = sample.ip_version == 4 ? "ip" : "ip6";
    CHECK(matches(version + " and tcp src port 1111", sample.link_type, sample.bytes) == Result::keep);
    CHECK(matches(version + " and tcp src port 1112", sample.link_type, sample.bytes) == Result::drop);
    CHECK(matches("not tcp", sample.link_type, sample.bytes) == Result::drop);
    for (size_t length = 0; length < sample.bytes.size(); length++) {
      const Bytes cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<long>(length));
      const Result result = matches("tcp src port 1111", sample.link_type, cut, sample.bytes.size());
      CHECK(result == (length >= sample.bytes.size() - 48 ? Result::keep : Result::drop));
    }
  }
  CHECK(looked_into > 50);
}

TEST_CASE("a filter on what is no IP, or can't be read, where filters look at the packet inside") {
  using Result = PacketFilter::Result;
  const Bytes nflog_arp = Bytes{3, 0, 0, 1, 0xff, 0xff, 9, 0} + Bytes(40, 0x45);
  CHECK(matches("not tcp", 239, nflog_arp) == Result::keep);
  CHECK(matches("ip", 239, nflog_arp) == Result::drop);
  CHECK(matches("greater 40", 239, nflog_arp) == Result::keep);
  CHECK(matches("not tcp", 258, Bytes(200, 0)) == Result::drop);
  CHECK(matches("type mgt", 119, Bytes(200, 0)) == Result::drop);
  // A wrapping's inner frame has filters of its own, an IP packet those of IP.
  const Order le;
  const Bytes beacon = Bytes{0x80, 0} + Bytes(60, 0);
  CHECK(matches("type mgt subtype beacon", 119, le.u32(0x44) + le.u32(144) + Bytes(136, 0) + beacon) == Result::keep);
  PacketFilter filter(std::make_shared<FilterPrograms>("type mgt"));
  CHECK(filter.apply(239, nflog_arp.data(), static_cast<uint32_t>(nflog_arp.size()), 0) == Result::invalid);
  CHECK(filter.error() != "");
}

TEST_CASE("a filter is compiled for each link type of a pcapng") {
  const Pcapng ng;
  const Bytes file =
      ng.section() + ng.interface(1) + ng.interface(101) + ng.packet(0, 1, udp_frame(2)) + ng.packet(1, 2, udp_packet(1)) + ng.packet(1, 3, udp_packet(2));
  CHECK(read_all(file, filter).packets.size() == 2);
}

TEST_CASE("a filter that is no filter") {
  const auto problem = [](const std::string& expression) { return FilterPrograms(expression).check(); };
  CHECK(problem("") == "");
  CHECK(problem("tcp port 443") == "");
  CHECK(problem("type mgt subtype beacon") == "");
  CHECK(problem("tcp prot 443").find("syntax error") != std::string::npos);
  CHECK(problem(std::string("tcp\0 port", 9)).find("NUL") != std::string::npos);
  const Pcap pcap;
  const ReadCapture capture = read_all(pcap.header() + pcap.record(1, 0, udp_frame()), "type mgt subtype beacon");
  CHECK(capture.status == ReadStatus::damaged);
  CHECK(capture.damage.code == "ERR_NFSTREAM_FILTER");
  CHECK(capture.damage.text.find("1 (EN10MB)") != std::string::npos);
}

TEST_CASE("a filter is compiled once for a link type, however many captures it is for") {
  FilterPrograms programs("udp port 53");
  std::string error;
  const bpf_program* ethernet = programs.find(1, error);
  CHECK(ethernet != nullptr);
  CHECK(programs.check() == "");
  CHECK(programs.find(1, error) == ethernet);
  CHECK(programs.find(12, error) != ethernet);
  CHECK(programs.find(1, error) == ethernet);
  FilterPrograms none("type mgt subtype beacon");
  for (int i = 0; i < 2; i++) {
    error.clear();
    CHECK(none.find(1, error) == nullptr);
    CHECK(error != "");
  }
}

TEST_CASE("a long filter does not run over the stack of a thread") {
  std::string hosts = "host 10.0.0.1", nested;
  for (int i = 2; i < 120; i++) hosts += " or host 10.0.0." + std::to_string(i);
  for (int i = 0; i < 12000; i++) nested += i == 0 ? "ip" : "||ip";
  // A pool's thread on a small system: a fraction of what the nested one takes.
  std::string problems[2] = {"?", "?"};
  const std::string expressions[2] = {hosts, nested};
  struct Work {
    const std::string& expression;
    std::string& problem;
  };
  for (int i = 0; i < 2; i++) {
    Work work{expressions[i], problems[i]};
    pthread_attr_t attributes;
    pthread_t thread;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    REQUIRE(pthread_attr_setstacksize(&attributes, 256 << 10) == 0);
    REQUIRE(pthread_create(
                &thread, &attributes,
                [](void* given) -> void* {
                  auto& own = *static_cast<Work*>(given);
                  own.problem = FilterPrograms(own.expression).check();
                  return nullptr;
                },
                &work) == 0);
    REQUIRE(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&attributes);
    CHECK(problems[i] == "");
  }
}
