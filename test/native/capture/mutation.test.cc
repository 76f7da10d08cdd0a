// Captures with random damage: whatever comes out is inside the slab, and reading ends.
#include <random>

#include "capture/read_all.h"

using namespace nfstream_test;

namespace {

std::vector<Bytes> seeds() {
  std::vector<Bytes> files;
  for (const bool big : {false, true}) {
    Pcap pcap{{big}};
    Pcapng ng{{big}};
    const Bytes other = Pcapng{{!big}}.section();
    files.push_back(pcap.header() + pcap.record(1, 1, udp_frame(1, 20)) + pcap.record(2, 2, udp_frame(2)) + pcap.record(3, 3, udp_frame(3, 100)));
    files.push_back(ng.section() + ng.interface(1, 60, ng.resolution(9) + ng.time_offset(5)) + ng.interface(101) +
                    ng.packet(0, 1, udp_frame(1), ng.option(1, Bytes(5, 'c'))) + ng.simple_packet(udp_frame(2, 18), 60) + ng.block(5, Bytes(30, 1)) +
                    ng.obsolete_packet(1, 7, udp_packet(3)) + other + ng.section() + ng.interface() + ng.packet(0, 1, udp_frame(1)));
  }
  return files;
}

}  // namespace

TEST_CASE("random damage never leads out of the slab, and pieces do not matter") {
  std::mt19937 random(20240917);
  const std::vector<Bytes> files = seeds();
  size_t sound = 0, damaged = 0;
  for (int round = 0; round < 3000; round++) {
    Bytes file = files[round % files.size()];
    const unsigned changes = random() % 4;
    for (unsigned i = 0; i < changes; i++) {
      const size_t at = random() % file.size();
      switch (random() % 3) {
        case 0: file[at] = static_cast<uint8_t>(random()); break;
        case 1: file[at] ^= static_cast<uint8_t>(1u << random() % 8); break;
        default: file[at] = random() % 2 ? 0xff : 0; break;
      }
    }
    if (random() % 4 == 0) file.resize(random() % (file.size() + 1));
    CAPTURE(round);
    const ReadCapture whole = read_all(file, round % 5 == 0 ? "udp" : "", SIZE_MAX, 64);
    const ReadCapture pieces = read_all(file, round % 5 == 0 ? "udp" : "", 1 + random() % 50, 2);
    REQUIRE(whole.status == pieces.status);
    REQUIRE(whole.packets.size() == pieces.packets.size());
    REQUIRE(whole.damage.text == pieces.damage.text);
    REQUIRE(whole.damage.offset <= file.size());
    whole.status == ReadStatus::end ? sound++ : damaged++;
  }
  CHECK(sound > 300);
  CHECK(damaged > 300);
}
