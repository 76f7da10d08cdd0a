#include "decode/sample_frames.h"

#include <doctest/doctest.h>

#include <random>

using namespace nfstream;
using namespace nfstream::test;

namespace {

// A record tells nothing of an ignored packet, and never an offset at which nothing was captured.
void check_bounds(const PacketRecord& record) {
  const uint32_t captured = record.captured_length;
  CHECK(record.ignore_reason < static_cast<uint8_t>(IgnoreReason::count));
  if (record.src_mac_offset != no_mac) CHECK(record.src_mac_offset + 6u <= captured);
  if (record.dst_mac_offset != no_mac) CHECK(record.dst_mac_offset + 6u <= captured);
  if (record.ignore_reason != 0) {
    CHECK(record.ip_version() == 0);
    CHECK(record.ip_size + record.l3_offset + record.l4_offset + record.transport_size() + record.payload_size == 0);
    CHECK(record.src_port + record.dst_port + record.protocol + record.tcp_flags + record.tunnel_id() == 0);
    return;
  }
  CHECK((record.ip_version() == 4 || record.ip_version() == 6));
  CHECK(record.l3_offset + (record.ip_version() == 4 ? 20u : 40u) <= captured);
  if (record.l4_offset != 0) CHECK(record.l4_offset < captured);
  CHECK(record.payload_size <= record.transport_size());
  CHECK(record.transport_size() <= record.ip_size);
}

}  // namespace

TEST_CASE("every kind of frame leads to its innermost IP header") {
  for (const SampleFrame& sample : sample_frames()) {
    CAPTURE(sample.name);
    const PacketRecord record = decoded(sample.bytes, sample.link_type, all_tunnels);
    CHECK(reason_of(record) == IgnoreReason::none);
    CHECK(record.l3_offset == sample.l3_offset);
    CHECK(record.ip_version() == sample.ip_version);
    CHECK(record.vlan_id == sample.vlan_id);
    CHECK(record.tunnel_id() == sample.tunnel_id);
    CHECK(record.tunnel_vni == sample.tunnel_vni);
    CHECK(record.src_mac_offset == sample.src_mac);
    CHECK(record.dst_mac_offset == sample.dst_mac);
    CHECK(record.protocol == 6);
    CHECK(record.src_port == 1111);
    CHECK(record.dst_port == 2222);
    CHECK(record.transport_size() == 50);
    CHECK(record.payload_size == 30);
    CHECK(record.tcp_flags == 0x18);
    CHECK(record.l4_offset == sample.bytes.size() - 50);
    CHECK(record.ip_size == sample.bytes.size() - sample.l3_offset);
    check_bounds(record);
  }
}

TEST_CASE("a frame cut anywhere counts as the whole one, as its outer flow, or not at all") {
  for (const SampleFrame& sample : sample_frames()) {
    CAPTURE(sample.name);
    for (size_t length = 0; length < sample.bytes.size(); ++length) {
      CAPTURE(length);
      const PacketRecord record = decoded(Bytes(sample.bytes.begin(), sample.bytes.begin() + static_cast<long>(length)), sample.link_type, all_tunnels,
                                          static_cast<uint32_t>(sample.bytes.size()));
      check_bounds(record);
      if (length >= sample.bytes.size() - 46) {
        CHECK(reason_of(record) == IgnoreReason::none);
        CHECK(record.src_port == 1111);
        CHECK(record.tunnel_id() == sample.tunnel_id);
        CHECK(record.transport_size() == 50);
        CHECK(record.payload_size == 30);
      } else if (reason_of(record) == IgnoreReason::none) {
        CHECK(sample.tunnel_id != 0);
        CHECK(record.tunnel_id() == 0);
        CHECK(record.tunnel_vni == 0);
        CHECK(record.protocol != 6);
      } else {
        CHECK(reason_of(record) == IgnoreReason::truncated);
      }
    }
  }
}

TEST_CASE("damaged frames, read as every link type, stay within what was captured") {
  std::mt19937 random(20240229);
  const unsigned link_types[] = {0,   1,   9,   12,  50,  51,  100, 101, 104, 105, 107, 108, 109, 113, 117,
                                 119, 127, 163, 178, 192, 228, 229, 239, 242, 252, 258, 276, 284, 285};
  for (const SampleFrame& sample : sample_frames()) {
    CAPTURE(sample.name);
    for (int variant = 0; variant < 400; ++variant) {
      Bytes frame = sample.bytes;
      for (unsigned flips = 1 + random() % 6; flips > 0; --flips) frame[random() % frame.size()] = static_cast<uint8_t>(random());
      if (variant % 4 == 0) frame.resize(random() % (frame.size() + 1));
      const unsigned link_type = variant % 8 == 7 ? link_types[random() % std::size(link_types)] : sample.link_type;
      check_bounds(decoded(frame, link_type, all_tunnels, variant % 16 == 5 ? static_cast<uint32_t>(random()) : 0));
    }
  }
}

TEST_CASE("without tunnels a tunnelled packet belongs to its outer flow") {
  for (const SampleFrame& sample : sample_frames()) {
    if (sample.tunnel_id == 0) continue;
    CAPTURE(sample.name);
    const PacketRecord record = decoded(sample.bytes, sample.link_type, no_tunnels);
    CHECK(reason_of(record) == IgnoreReason::none);
    CHECK(record.tunnel_id() == 0);
    CHECK(record.protocol != 6);
    CHECK(record.l3_offset < sample.l3_offset);
  }
}
