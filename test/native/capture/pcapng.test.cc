#include "capture/read_all.h"

using namespace nfstream_test;

TEST_CASE("pcapng: both byte orders, and every kind of packet block") {
  for (const bool big : {false, true}) {
    CAPTURE(big);
    const Pcapng ng{{big}};
    const Bytes head = ng.section() + ng.interface(1, 50);
    const Bytes enhanced = ng.packet(0, 3'000'001, udp_frame(1, 3), ng.option(1, Bytes{'h', 'i'}) + ng.option(0, {}));
    const Bytes file = head + enhanced + ng.simple_packet(udp_frame(2, 8), 50) + ng.obsolete_packet(0, 4'000'000, udp_frame(3));
    const ReadCapture capture = read_all(file);
    REQUIRE(capture.status == ReadStatus::end);
    REQUIRE(capture.packets.size() == 3);
    CHECK(capture.packets[0].record.time_ns == 3'000'001'000);
    CHECK(capture.packets[0].bytes == udp_frame(1, 3));
    CHECK(capture.packets[0].offset == head.size());
    CHECK(capture.packets[1].record.time_ns == 3'000'001'000);  // a simple packet has no time
    CHECK(capture.packets[1].offset == head.size() + enhanced.size());
    CHECK(capture.packets[2].record.time_ns == 4'000'000'000);
    for (uint16_t i = 0; i < 3; i++) CHECK(capture.packets[i].record.src_port == i + 1);
  }
}

TEST_CASE("pcapng: a simple packet is cut by the snapshot length") {
  const Pcapng ng;
  const Bytes whole = udp_frame(5, 60);
  const Bytes cut(whole.begin(), whole.begin() + 50);
  const ReadCapture capture = read_all(ng.section() + ng.interface(1, 50) + ng.simple_packet(cut, static_cast<uint32_t>(whole.size())));
  REQUIRE(capture.packets.size() == 1);
  CHECK(capture.packets[0].bytes == cut);
  CHECK(capture.packets[0].record.wire_length == whole.size());
}

TEST_CASE("pcapng: sections have byte orders and interfaces of their own") {
  const Pcapng little, big{{true}};
  const Bytes file = little.section() + little.interface(1) + little.packet(0, 1'000'000, udp_frame(1)) + big.section(1234) + big.interface(101) +
                     big.interface(1) + big.packet(1, 2'000'000, udp_frame(2)) + big.packet(0, 3'000'000, udp_packet(3));
  const ReadCapture capture = read_all(file);
  REQUIRE(capture.status == ReadStatus::end);
  REQUIRE(capture.packets.size() == 3);
  for (uint16_t i = 0; i < 3; i++) {
    CHECK(capture.packets[i].record.src_port == i + 1);
    CHECK(capture.packets[i].record.time_ns == (i + 1) * 1'000'000'000LL);
  }
  CHECK(capture.packets[1].record.interface_id == 1);
  CHECK(capture.packets[2].record.link_type == 101);
}

TEST_CASE("pcapng: resolution and offset of times") {
  const Pcapng ng;
  struct Case {
    Bytes options;
    uint64_t time;
    int64_t ns;
    uint8_t resolution;
  };
  const Case cases[] = {
      {{}, 1'500'000, 1'500'000'000, 6},
      {ng.resolution(9), 1'500'000'001, 1'500'000'001, 9},
      {ng.resolution(0), 7, 7'000'000'000, 0},
      {ng.resolution(3), 1500, 1'500'000'000, 3},
      {ng.resolution(12), 1'500'000'000'999, 1'500'000'000, 12},
      {ng.resolution(28), UINT64_MAX, 1, 28},
      {ng.resolution(29), UINT64_MAX, 0, 29},
      {ng.resolution(127), UINT64_MAX, 0, 127},
      {ng.resolution(0x80 | 10), 1536, 1'500'000'000, 0x80 | 10},
      {ng.resolution(0x80 | 32), 0x1'8000'0000, 1'500'000'000, 0x80 | 32},
      {ng.resolution(0xff), UINT64_MAX, 0, 0xff},
      {ng.time_offset(100), 1'500'000, 101'500'000'000, 6},
      {ng.time_offset(-2), 1'500'000, -500'000'000, 6},
      {ng.resolution(9) + ng.time_offset(1), 5, 1'000'000'005, 9},
      {ng.resolution(0), UINT64_MAX, INT64_MAX, 0},
      {{}, UINT64_MAX, INT64_MAX, 6},
      {ng.resolution(0x80), UINT64_MAX, INT64_MAX, 0x80},
      {ng.time_offset(INT64_MIN), 0, INT64_MIN, 6},
      {ng.time_offset(INT64_MAX), UINT64_MAX, INT64_MAX, 6},
      {ng.option(0, {}) + ng.resolution(9), 1'500'000, 1'500'000'000, 6},
  };
  for (const Case& c : cases) {
    CAPTURE(int(c.resolution));
    CAPTURE(c.time);
    const ReadCapture capture = read_all(ng.section() + ng.interface(1, 0, c.options) + ng.packet(0, c.time, udp_frame()));
    REQUIRE(capture.packets.size() == 1);
    CHECK(capture.packets[0].record.time_ns == c.ns);
    CHECK(capture.packets[0].record.time_resolution == c.resolution);
  }
}

TEST_CASE("pcapng: other blocks are passed over, however long they are") {
  const Pcapng ng;
  const Bytes head = ng.section() + ng.block(4, Bytes(20, 1)) + ng.interface();
  for (const size_t size : {size_t{0}, size_t{4}, size_t{100}, size_t{512 << 10}, size_t{5 << 20}}) {
    CAPTURE(size);
    const Bytes file = head + ng.packet(0, 1, udp_frame(1)) + ng.block(0x0bad, Bytes(size, 0xaa)) + ng.packet(0, 2, udp_frame(2));
    for (const size_t piece : {SIZE_MAX, size_t{4093}}) {
      const ReadCapture capture = read_all(file, "", piece);
      REQUIRE(capture.status == ReadStatus::end);
      REQUIRE(capture.packets.size() == 2);
      CHECK(capture.packets[1].record.src_port == 2);
      CHECK(capture.packets[1].offset == file.size() - ng.packet(0, 2, udp_frame(2)).size());
    }
  }
}

TEST_CASE("pcapng: a packet's block may have very long options") {
  const Pcapng ng;
  Bytes comments;
  for (int i = 0; i < 20; i++) comments = std::move(comments) + ng.option(1, Bytes(60000, 'x'));
  const ReadCapture capture = read_all(ng.section() + ng.interface() + ng.packet(0, 1, udp_frame(1), comments) + ng.packet(0, 2, udp_frame(2)));
  CHECK(capture.status == ReadStatus::end);
  CHECK(capture.packets.size() == 2);
}

TEST_CASE("pcapng: packets of an interface that cannot be decoded are in the batch, as ignored") {
  const Pcapng ng;
  const ReadCapture capture = read_all(ng.section() + ng.interface(147) + ng.interface(1) + ng.packet(0, 1, Bytes(9, 7)) + ng.packet(1, 2, udp_frame(2)));
  CHECK(capture.status == ReadStatus::end);
  REQUIRE(capture.packets.size() == 2);
  CHECK(capture.packets[0].record.ignore_reason == static_cast<uint8_t>(IgnoreReason::link_type));
  CHECK(capture.packets[0].record.link_type == 147);
  CHECK(capture.packets[1].record.ignore_reason == 0);
}

TEST_CASE("pcapng: a section header alone is a capture without packets") { CHECK(read_all(Pcapng{}.section()).status == ReadStatus::end); }
