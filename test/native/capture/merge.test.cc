#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/read_all.h"
#include "engine/capture/capture_merge.h"

using namespace nfstream;
using namespace nfstream_test;

namespace {

// Captures given as lists of seconds, whose packets tell their number by their source port.
struct Captures {
  explicit Captures(const std::vector<std::vector<uint32_t>>& all, size_t payload = 4) {
    for (const auto& seconds : all) {
      Bytes bytes = pcap.header();
      for (size_t i = 0; i < seconds.size(); i++) bytes = bytes + pcap.record(seconds[i], 0, udp_frame(static_cast<uint16_t>(i + 1), payload));
      add(bytes);
    }
  }
  void add(const Bytes& bytes) {
    auto input = std::make_unique<PushedInput>();
    REQUIRE(input->push(bytes.data(), bytes.size()));
    input->finish();
    readers.push_back(std::make_unique<CaptureReader>(std::move(input), CaptureOptions{}));
  }

  Pcap pcap;
  std::vector<std::unique_ptr<CaptureReader>> readers;
};

struct Out {
  explicit Out(size_t capacity = 64, size_t data_size = 1 << 20) : data(data_size), records(capacity), origins(capacity) {
    slab.data = data.data();
    slab.data_size = data.size();
    slab.records = records.data();
    slab.record_capacity = capacity;
  }
  // Each packet as "place:number".
  std::string take() const {
    std::string text;
    for (size_t i = 0; i < slab.count; i++) {
      CHECK(records[i].number_delta == i);
      // The port is in the bytes, where the record says.
      const uint8_t* port = data.data() + records[i].data_offset + records[i].l4_offset;
      CHECK(port[0] * 256 + port[1] == static_cast<int>(origins[i].number));
      text += (text.empty() ? "" : " ") + std::to_string(static_cast<int>(origins[i].place)) + ":" + std::to_string(static_cast<int>(origins[i].number));
    }
    return text;
  }

  std::vector<uint8_t> data;
  std::vector<PacketRecord> records;
  std::vector<PacketOrigin> origins;
  PacketSlab slab;
};

constexpr int64_t second = 1'000'000'000;

}  // namespace

TEST_CASE("packets come in the order of their times, then of their captures; within a capture in its own") {
  struct {
    std::vector<std::vector<uint32_t>> captures;
    const char* expected;
  } const cases[] = {
      {{{1, 3}, {2, 4}}, "0:1 1:1 0:2 1:2"},
      {{{5}, {5}, {4, 5}}, "2:1 0:1 1:1 2:2"},
      {{{1, 9, 3}, {2, 4}}, "0:1 1:1 1:2 0:2 0:3"},
      {{{}, {7}}, "1:1"},
      {{{}, {}}, ""},
  };
  for (const auto& one : cases) {
    Captures captures(one.captures);
    CaptureMerge merge;
    for (size_t i = 0; i < captures.readers.size(); i++) merge.add(static_cast<uint32_t>(i), *captures.readers[i]);
    Out out;
    CHECK(merge.read(out.slab, out.origins.data(), std::nullopt) == MergeStatus::end);
    CHECK(out.take() == one.expected);
    CHECK(merge.ended().size() == captures.readers.size());
  }
}

TEST_CASE("neither the size of the slab nor when a capture is added changes the order") {
  std::vector<std::vector<uint32_t>> lists(3);
  for (uint32_t i = 0; i < 5000; i++) {
    lists[0].push_back(i);
    lists[1].push_back(1000 + i / 2);
    lists[2].push_back(2000 + 2 * i);
  }
  const auto merged = [&](size_t capacity, bool late) {
    Captures captures(lists);
    CaptureMerge merge;
    size_t added = 0;
    const auto add = [&] {
      merge.add(static_cast<uint32_t>(added), *captures.readers[added]);
      added++;
    };
    for (int i = 0; i < (late ? 1 : 3); i++) add();
    std::string all;
    Out out(capacity);
    for (;;) {
      std::optional<int64_t> until;
      if (added < 3) until = lists[added][0] * second;
      const MergeStatus status = merge.read(out.slab, out.origins.data(), until);
      all += out.take() + " ";
      if (status == MergeStatus::waiting) add();
      if (status == MergeStatus::end) break;
    }
    CHECK(merge.counters().packets == 15000);
    std::string joined;
    for (const char c : all) {
      if (c != ' ' || joined.empty() || joined.back() != ' ') joined += c;
    }
    return joined;
  };
  const std::string expected = merged(100000, false);
  CHECK(merged(7, false) == expected);
  CHECK(merged(1000, true) == expected);
  CHECK(merged(1, true) == expected);
}

TEST_CASE("a packet that has no room waits for the next slab") {
  Captures captures({{1, 3}, {2, 4}}, 1000);
  CaptureMerge merge;
  for (uint32_t i = 0; i < 2; i++) merge.add(i, *captures.readers[i]);
  Out out(64, 2500);
  CHECK(merge.read(out.slab, out.origins.data(), std::nullopt) == MergeStatus::packets);
  CHECK(out.take() == "0:1 1:1");
  CHECK(merge.ended().empty());
  CHECK(merge.read(out.slab, out.origins.data(), std::nullopt) == MergeStatus::end);
  CHECK(out.take() == "0:2 1:2");
}

TEST_CASE("a damaged capture ends, with its damage, and the others go on") {
  Captures captures({{2, 5, 8}});
  Bytes cut = captures.pcap.header() + captures.pcap.record(1, 0, udp_frame(1)) + captures.pcap.record(4, 0, udp_frame(2));
  cut.pop_back();
  captures.add(cut);
  captures.add(Bytes{'t', 'e', 'x', 't'});
  CaptureMerge merge;
  for (uint32_t i = 0; i < 3; i++) merge.add(i, *captures.readers[i]);
  Out out;
  CHECK(merge.read(out.slab, out.origins.data(), std::nullopt) == MergeStatus::end);
  CHECK(out.take() == "1:1 0:1 0:2 0:3");
  REQUIRE(merge.ended().size() == 3);
  CHECK(merge.ended()[0].place == 2);
  CHECK(merge.ended()[0].reader->damage().code == "ERR_NFSTREAM_NOT_A_CAPTURE");
  CHECK(merge.ended()[1].place == 1);
  CHECK(merge.ended()[1].status == ReadStatus::damaged);
  CHECK(merge.ended()[1].reader->damage().packet == 2);
  CHECK(merge.ended()[2].status == ReadStatus::end);
  CHECK(merge.counters().packets == 4);
}

TEST_CASE("cancel() ends a merge") {
  Captures captures({{1, 3}, {2}});
  CaptureMerge merge;
  for (uint32_t i = 0; i < 2; i++) merge.add(i, *captures.readers[i]);
  merge.cancel();
  Out out;
  CHECK(merge.read(out.slab, out.origins.data(), std::nullopt) == MergeStatus::cancelled);
  CHECK(out.slab.count == 0);
}
