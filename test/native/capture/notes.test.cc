#include <cstring>

#include "capture/read_all.h"
#include "engine/capture/capture_notes.h"

using namespace nfstream_test;

namespace {

Bytes secrets_block(const Pcapng& ng, uint32_t type, const Bytes& data) {
  return ng.block(10, ng.order.u32(type) + ng.order.u32(data.size()) + padded(data) + ng.option(1, {'x'}) + ng.option(0, {}));
}

Bytes text(const char* characters) { return Bytes(characters, characters + std::strlen(characters)); }

}  // namespace

TEST_CASE("notes: interfaces and secrets of both byte orders, as they are in little endian") {
  const Pcapng little;
  for (const bool big : {false, true}) {
    CAPTURE(big);
    const Pcapng ng{{big}};
    const Bytes options = ng.option(2, text("eth0")) + ng.option(3, text("the uplink")) + ng.resolution(9) + ng.time_offset(5) +
                          ng.option(8, ng.order.u64(1'000'000'000)) + ng.option(8, {1}) + ng.option(11, Bytes{0, 't', 'c', 'p'}) + ng.option(9999, {1}) +
                          ng.option(13, {4}) + ng.option(0, {}) + ng.option(2, text("behind"));
    const Bytes secrets = text("CLIENT_RANDOM 00 11\n");
    const Bytes file = ng.section() + secrets_block(ng, 0x544c534b, secrets) + ng.interface(1, 96, options) + ng.packet(0, 1, udp_frame(1)) + ng.section() +
                       ng.interface() + ng.packet(0, 1, udp_frame(2)) + secrets_block(ng, 7, Bytes(100'000, 9));
    for (const size_t piece : {SIZE_MAX, size_t{1021}}) {
      const ReadCapture capture = read_all(file, "", piece);
      REQUIRE(capture.status == ReadStatus::end);
      REQUIRE(capture.notes.interfaces.size() == 2);
      const InterfaceNote& first = capture.notes.interfaces[0];
      CHECK(first.first_packet == 1);
      CHECK(first.id == 0);
      CHECK(first.snapshot_length == 96);
      CHECK(first.options == little.option(2, text("eth0")) + little.option(3, text("the uplink")) + little.option(8, little.order.u64(1'000'000'000)) +
                                 little.option(11, Bytes{0, 't', 'c', 'p'}) + little.option(13, {4}));
      CHECK(capture.notes.interfaces[1].first_packet == 2);
      CHECK(capture.notes.interfaces[1].options.empty());
      REQUIRE(capture.notes.secrets.size() == 2);
      CHECK(capture.notes.secrets[0].type == 0x544c534b);
      CHECK(capture.notes.secrets[0].data == secrets);
      CHECK(capture.notes.secrets[1].data == Bytes(100'000, 9));
      CHECK(capture.notes.secrets_left_out == 0);
      CHECK(!capture.notes.unknown_from);
    }
  }
}

TEST_CASE("notes: secrets that contradict their block decrypt nothing, and are no damage") {
  const Pcapng ng;
  for (const Bytes& body : {Bytes{}, ng.order.u32(1), ng.order.u32(1) + ng.order.u32(1), ng.order.u32(1) + ng.order.u32(UINT32_MAX) + Bytes(64, 1)}) {
    CAPTURE(body.size());
    const ReadCapture capture = read_all(ng.section() + ng.block(10, body) + ng.interface() + ng.packet(0, 1, udp_frame()));
    CHECK(capture.status == ReadStatus::end);
    CHECK(capture.packets.size() == 1);
    CHECK(capture.notes.secrets.empty());
  }
}

TEST_CASE("notes: what a capture says is bounded, and what is beyond is counted") {
  const Pcapng ng;
  Bytes file = ng.section() + ng.interface();
  const Bytes large = secrets_block(ng, 1, Bytes(5 << 20, 1));
  for (int i = 0; i < 5; i++) file = std::move(file) + large;
  file = std::move(file) + secrets_block(ng, 2, Bytes(1000, 2)) + ng.packet(0, 1, udp_frame());
  const ReadCapture capture = read_all(file);
  CHECK(capture.status == ReadStatus::end);
  CHECK(capture.packets.size() == 1);
  CHECK(capture.notes.secrets.size() == 4);
  CHECK(capture.notes.secrets.back().type == 2);
  CHECK(capture.notes.secrets_left_out == 2);

  CaptureNotes notes;
  for (uint64_t i = 0; i < CaptureNotes::most_interfaces + 10; i++) notes.add_interface({i, 0, 0, Bytes(8, 0)});
  const CaptureNotes::Taken taken = notes.take();
  CHECK(taken.interfaces.size() == CaptureNotes::most_interfaces);
  CHECK(taken.unknown_from == CaptureNotes::most_interfaces);
  CHECK(notes.take().interfaces.empty());
}
