#include <map>

#include "engine/clocks.h"
#include "live/capturing.h"

using namespace nfstream_test;

namespace {

// One of 200 address pairs; both directions of each are sent.
Bytes between(uint16_t pair, uint16_t number) {
  Bytes frame = udp_frame(number);
  const bool back = number % 2 == 1;
  frame[back ? 33 : 29] = static_cast<uint8_t>(pair);
  frame[back ? 29 : 33] = 250;
  return frame;
}

LiveOptions shared(std::vector<std::string> devices, uint32_t readers) {
  LiveOptions options = options_for(std::move(devices));
  options.readers = readers;
  return options;
}

void check_order(const std::vector<Got>& got) {
  for (size_t i = 1; i < got.size(); i++) {
    CHECK(got[i].record.time_ns >= got[i - 1].record.time_ns);
  }
}

}  // namespace

TEST_CASE("several readers of a device give every packet once, in the order of their times") {
  for (const uint32_t readers : {2u, 5u}) {
    in_network([&](Network& network) {
      Capturing capturing(shared({"lo"}, readers));
      constexpr uint16_t sent = 4000;
      const int64_t before = wall_ns();
      for (uint16_t i = 0; i < sent; i++) {
        network.send(between(i % 200, i));
        if (i % 1000 == 0) pause_ms(20);
      }
      capturing->stop();
      capturing.wait_for_end();
      const std::vector<Got> got = capturing.got();
      REQUIRE(got.size() == sent);
      for (uint16_t i = 0; i < sent; i++) {
        CHECK(got[i].record.src_port == i);
        CHECK(got[i].record.ignore_reason == 0);
        CHECK(got[i].record.interface_id == 0);
        CHECK(got[i].bytes == between(i % 200, i));
      }
      check_order(got);
      CHECK(got.front().record.time_ns >= before);
      CHECK(got.back().record.time_ns <= wall_ns());
      CHECK(capturing.code() == "");
      const LiveCounters counters = capturing->counters().front();
      CHECK(counters.received == sent);
      CHECK(counters.bytes == sent * 62);
      CHECK(counters.dropped_by_kernel + counters.dropped_by_credit == 0);
    });
  }
}

TEST_CASE("what several readers gave and what their rings had no room for are together what came") {
  in_network([](Network& network) {
    LiveOptions options = shared({"lo"}, 2);
    options.buffer_size = 1 << 20;
    Capturing capturing(options, 1);
    capturing.regrant(false);
    network.send(between(1, 1));
    capturing.wait_for(1);
    constexpr uint64_t sent = 30'000;
    for (uint64_t i = 0; i < sent; i++) network.send(between(i % 200, static_cast<uint16_t>(i)));
    CHECK(capturing.got().size() == 1);
    CHECK(capturing->counters().front().dropped_by_credit > 1000);
    capturing.regrant(true);
    capturing.grant();
    capturing->stop();
    capturing.wait_for_end();
    const LiveCounters counters = capturing->counters().front();
    CHECK(counters.received == capturing.got().size());
    CHECK(counters.received > 1000);
    CHECK(counters.received + counters.dropped_by_kernel + counters.dropped_by_credit == sent + 1);
    check_order(capturing.got());
  });
}

TEST_CASE("fragments of a packet meet at one reader") {
  in_network([](Network& network) {
    LiveOptions options = shared({"lo"}, 3);
    options.count_fragments = true;
    Capturing capturing(options);
    for (uint16_t pair = 0; pair < 200; pair++) {
      Bytes first = between(pair, 1000), later = between(pair, 1000);
      first[19] = later[19] = static_cast<uint8_t>(pair);
      first[20] = 0x20;  // more follow
      later[21] = 3;     // behind the 24 bytes of that
      network.send(first);
      network.send(later);
    }
    capturing->stop();
    capturing.wait_for_end();
    const std::vector<Got> got = capturing.got();
    CHECK(got.size() == 400);
    for (const Got& each : got) {
      CHECK(each.record.ignore_reason == 0);
      CHECK(each.record.src_port == 1000);
    }
  });
}

TEST_CASE("several readers take the filter, the snapshot length and devices as one does") {
  in_network([](Network& network) {
    LiveOptions options = shared({"lo", "any"}, 2);
    options.filter = "udp src port 7 or udp src port 8";
    options.snapshot_length = 64;
    Capturing capturing(options);
    for (uint16_t i = 0; i < 1000; i++) network.send(udp_frame(i % 10, i % 3, 200));
    capturing->stop();
    capturing.wait_for_end();
    const std::vector<Got> got = capturing.got();
    std::map<int, int> of_device;
    for (const Got& each : got) {
      CHECK((each.record.src_port == 7 || each.record.src_port == 8));
      CHECK(each.record.captured_length == 64);
      of_device[each.record.interface_id]++;
    }
    CHECK(of_device == std::map<int, int>{{0, 200}, {1, 200}});
    check_order(got);
  });
}

TEST_CASE("packets that come immediately have several readers too") {
  in_network([](Network& network) {
    LiveOptions options = shared({"lo"}, 2);
    options.immediate = true;
    options.snapshot_length = 2048;
    Capturing capturing(options);
    for (uint16_t i = 0; i < 500; i++) network.send(between(i % 200, i));
    capturing.wait_for(500);
    check_order(capturing.got());
  });
}

TEST_CASE("the clock of several readers never passes a packet that is still to come") {
  in_network([](Network& network) {
    Capturing capturing(shared({"lo"}, 3));
    const auto [sent, told] = watch_clock(capturing, 30, [&](uint16_t number) { network.send(between(number % 200, number)); });
    const std::vector<Got> got = capturing.got();
    CHECK(got.size() == sent);
    CHECK(told > 3);
    check_order(got);
    while (capturing->clock_ns().value_or(0) < got.back().record.time_ns + 50'000'000) pause_ms(2);
  });
}

// Again and again: the trouble of one reader meets packets that are being taken from it.
TEST_CASE("a device that goes down ends all its readers behind their last packets") {
  in_network([](Network& network) {
    for (int round = 0; round < 10; round++) {
      Capturing capturing(shared({"lo"}, 3));
      for (uint16_t i = 0; i < 300; i++) network.send(between(i % 200, i));
      network.set_loopback(false);
      capturing.wait_for_end();
      CHECK(capturing.code() == "ERR_NFSTREAM_DEVICE_GONE");
      CHECK(capturing.got().size() == 300);
      network.set_loopback(true);
    }
  });
}

TEST_CASE("several readers that can't be opened, or are cancelled") {
  in_network([](Network& network) {
    CHECK(Capturing(shared({"none0"}, 2)).code() == "ERR_NFSTREAM_DEVICE");
    LiveOptions options = shared({"lo"}, 2);
    options.filter = "no filter";
    CHECK(Capturing(options).code() == "ERR_NFSTREAM_FILTER");
    Capturing starved(shared({"lo"}, 2), 0);
    network.send(udp_frame(1));
    starved->cancel();
    starved.wait_for_end();
    CHECK(starved.got().empty());
    CHECK(starved.code() == "");
  });
}
