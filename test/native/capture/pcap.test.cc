#include "capture/read_all.h"

using namespace nfstream_test;

namespace {

Bytes two_packets(const Pcap& pcap) { return pcap.header() + pcap.record(1000, 5, udp_frame(1)) + pcap.record(1001, 7, udp_frame(2, 30), 900); }

}  // namespace

TEST_CASE("pcap: every magic in both byte orders") {
  struct Case {
    uint32_t magic;
    int64_t ns_per_unit;
    size_t record_header;
    uint8_t resolution;
  };
  for (const Case& c : {Case{0xa1b2c3d4, 1000, 16, 6}, Case{0xa1b23c4d, 1, 16, 9}, Case{0xa1b2cd34, 1000, 24, 6}}) {
    for (const bool big : {false, true}) {
      CAPTURE(c.magic);
      CAPTURE(big);
      const ReadCapture capture = read_all(two_packets({{big}, c.magic}));
      REQUIRE(capture.status == ReadStatus::end);
      REQUIRE(capture.packets.size() == 2);
      const ReadPacket &first = capture.packets[0], &second = capture.packets[1];
      CHECK(first.record.time_ns == 1000'000'000'000 + 5 * c.ns_per_unit);
      CHECK(second.record.time_ns == 1001'000'000'000 + 7 * c.ns_per_unit);
      CHECK(first.number == 1);
      CHECK(second.number == 2);
      CHECK(first.offset == 24);
      CHECK(second.offset == 24 + c.record_header + udp_frame(1).size());
      CHECK(second.bytes == udp_frame(2, 30));
      CHECK(second.record.wire_length == 900);
      CHECK(second.record.time_resolution == c.resolution);
      CHECK(second.record.src_port == 2);
      CHECK(second.record.link_type == 1);
    }
  }
}

TEST_CASE("pcap: before version 2.4 the lengths stood the other way round") {
  for (const uint16_t minor : {2, 3}) {
    Pcap pcap;
    pcap.minor = minor;
    const Bytes frame = udp_frame();
    const Order le;
    const Bytes file = pcap.header() + le.u32(1) + le.u32(0) + le.u32(1500) + le.u32(frame.size()) + frame;
    const ReadCapture capture = read_all(file);
    REQUIRE(capture.packets.size() == 1);
    CHECK(capture.packets[0].record.captured_length == frame.size());
    CHECK(capture.packets[0].record.wire_length == 1500);
  }
}

TEST_CASE("pcap: flags above the link type do not matter") {
  Pcap pcap;
  pcap.link_type = 0x54000001;  // a frame check sequence of 4 bytes
  const ReadCapture capture = read_all(two_packets(pcap));
  REQUIRE(capture.packets.size() == 2);
  CHECK(capture.packets[0].record.link_type == 1);
}

TEST_CASE("pcap: times to the end of the format's range, and a fraction that is none") {
  const Pcap pcap;
  const ReadCapture capture = read_all(pcap.header() + pcap.record(UINT32_MAX, 999999, udp_frame()) + pcap.record(5, UINT32_MAX, udp_frame()) +
                                       pcap.record(0, 0x80000000, udp_frame()));
  REQUIRE(capture.packets.size() == 3);
  CHECK(capture.packets[0].record.time_ns == 4294967295'999999000);
  CHECK(capture.packets[1].record.time_ns == 4'999'999'000);
  CHECK(capture.packets[2].record.time_ns == -2147483648'000);
}

TEST_CASE("pcap: a wire length below the captured one is raised") {
  const Pcap pcap;
  const ReadCapture capture = read_all(pcap.header() + pcap.record(1, 0, udp_frame(), 3));
  CHECK(capture.packets.at(0).record.wire_length == udp_frame().size());
}

TEST_CASE("pcap: a header alone is a capture without packets") {
  const ReadCapture capture = read_all(Pcap{}.header());
  CHECK(capture.status == ReadStatus::end);
  CHECK(capture.packets.empty());
}

TEST_CASE("pcap: packets go through slabs of any size without loss") {
  const Pcap pcap;
  Bytes file = pcap.header();
  for (uint32_t i = 0; i < 5000; i++) file = std::move(file) + pcap.record(i, 0, udp_frame(static_cast<uint16_t>(i), i % 700));
  for (const size_t record_capacity : {1, 7, 4096, 100000}) {
    CAPTURE(record_capacity);
    const ReadCapture capture = read_all(file, "", SIZE_MAX, record_capacity);
    REQUIRE(capture.status == ReadStatus::end);
    REQUIRE(capture.packets.size() == 5000);
    CHECK(capture.counters.bytes_in == file.size());
    uint64_t offset = 24;
    size_t wrong = 0;
    for (uint32_t i = 0; i < 5000; i++) {
      const ReadPacket& packet = capture.packets[i];
      wrong += packet.number != i + 1 || packet.offset != offset || packet.record.time_ns != i * 1'000'000'000LL ||
               packet.bytes != udp_frame(static_cast<uint16_t>(i), i % 700);
      offset += 16 + packet.bytes.size();
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a slab that is too small is refused") {
  CaptureReader reader(std::make_unique<PushedInput>(), {});
  std::vector<uint8_t> data(CaptureReader::min_slab - 8);
  PacketRecord record;
  PacketSlab slab;
  slab.data = data.data();
  slab.data_size = data.size();
  slab.records = &record;
  slab.record_capacity = 1;
  CHECK(reader.read(slab) == ReadStatus::damaged);
  CHECK(slab.count == 0);
}
