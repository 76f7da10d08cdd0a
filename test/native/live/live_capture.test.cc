#include <map>

#include "engine/clocks.h"
#include "live/capturing.h"

using namespace nfstream_test;

TEST_CASE("a live capture gives every packet once, with its time, and ends with what is in the ring") {
  for (const bool immediate : {false, true}) {
    in_network([&](Network& network) {
      LiveOptions options = options_for({"lo"});
      options.immediate = immediate;
      if (immediate) options.snapshot_length = 2048;
      Capturing capturing(options);
      const int64_t before = wall_ns();
      for (uint16_t i = 0; i < 3000; i++) network.send(udp_frame(i));
      const int64_t after = wall_ns();
      capturing->stop();
      capturing.wait_for_end();
      const std::vector<Got> got = capturing.got();
      REQUIRE(got.size() == 3000);
      for (uint16_t i = 0; i < 3000; i++) {
        CHECK(got[i].record.src_port == i);
        CHECK(got[i].record.time_resolution == 9);
        CHECK(got[i].record.time_ns >= before);
        CHECK(got[i].record.time_ns <= after);
        if (i > 0) CHECK(got[i].record.time_ns >= got[i - 1].record.time_ns);
      }
      CHECK(capturing.code() == "");
      const LiveCounters counters = capturing->counters().front();
      CHECK(counters.received == 3000);
      CHECK(counters.bytes == 3000 * 62);
      CHECK(counters.dropped_by_kernel + counters.dropped_by_credit == 0);
    });
  }
}

TEST_CASE("what was handed over and what was dropped are together what came") {
  in_network([](Network& network) {
    LiveOptions options = options_for({"lo"});
    options.buffer_size = 1 << 20;
    Capturing capturing(options, 1);
    capturing.regrant(false);
    network.send(udp_frame(1));
    capturing.wait_for(1);
    // The one slab is used: these wait in the ring, and those for which it has no room are lost.
    constexpr uint64_t sent = 20'000;
    for (uint64_t i = 0; i < sent; i++) network.send(udp_frame(static_cast<uint16_t>(i), 0, 200));
    CHECK(capturing.got().size() == 1);
    const LiveCounters full = capturing->counters().front();
    CHECK(full.received == 1);
    CHECK(full.dropped_by_credit > 1000);
    capturing.regrant(true);
    capturing.grant();
    capturing->stop();
    capturing.wait_for_end();
    const LiveCounters counters = capturing->counters().front();
    CHECK(counters.received == capturing.got().size());
    CHECK(counters.received > 1000);
    CHECK(counters.received + counters.dropped_by_kernel + counters.dropped_by_credit == sent + 1);
  });
}

TEST_CASE("a live capture stops in a moment though packets go on coming") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo"}));
    uint64_t sent = 0;
    for (int i = 0; i < 500; i++, sent++) network.send(udp_frame(1));
    capturing->stop();
    while (!capturing.has_ended()) {
      network.send(udp_frame(2));
      sent++;
    }
    const size_t got = capturing.got().size();
    CHECK(got >= 500);
    CHECK(got < sent);
    CHECK(capturing->counters().front().dropped_by_kernel + capturing->counters().front().dropped_by_credit == 0);
  });
}

TEST_CASE("tags that the kernel takes off are put back") {
  for (const std::string device : {"lo", "any"}) {
    in_network([&](Network& network) {
      Capturing capturing(options_for({device}));
      for (const uint16_t vlan : {0, 7, 4094}) network.send(udp_frame(1000, vlan));
      capturing->stop();
      capturing.wait_for_end();
      std::vector<int> vlans;
      for (const Got& got : capturing.got()) {
        CHECK(got.record.ignore_reason == 0);
        CHECK(got.record.src_port == 1000);
        vlans.push_back(got.record.vlan_id);
      }
      CHECK(vlans == std::vector<int>{0, 7, 4094});
      CHECK(capturing.got()[0].record.link_type == (device == "lo" ? 1 : 113));
    });
  }
}

TEST_CASE("frames longer than 16 bits can tell are captured whole, and sized by their length") {
  in_network([](Network& network) {
    constexpr int mtu = 250'000;
    network.set_mtu(mtu);
    Capturing capturing(options_for({"lo"}));
    for (const size_t length : {65'535, 65'536, 70'000, 100'000, 190'000}) {
      Bytes frame(length, 0);
      std::fill(frame.begin(), frame.begin() + 12, 2);
      frame[12] = 0x86;
      frame[13] = 0xdd;
      frame[14] = 0x60;
      frame[20] = 6;  // TCP; the payload's length stays 0, as joined segments have it
      frame[37] = 1;
      frame[53] = 2;
      frame[54 + 12] = 0x50;
      network.send(frame);
    }
    capturing->stop();
    capturing.wait_for_end();
    std::vector<uint32_t> sizes, captured, payloads;
    for (const Got& got : capturing.got()) {
      CHECK(got.record.ignore_reason == 0);
      CHECK(got.record.wire_length == got.record.captured_length);
      captured.push_back(got.record.captured_length);
      sizes.push_back(got.record.ip_size);
      payloads.push_back(got.record.payload_size);
    }
    CHECK(captured == std::vector<uint32_t>{65'535, 65'536, 70'000, 100'000, 190'000});
    CHECK(sizes == std::vector<uint32_t>{65'521, 65'522, 69'986, 99'986, 189'986});
    CHECK(payloads == std::vector<uint32_t>{65'461, 65'462, 69'926, 99'926, 189'926});
  });
}

TEST_CASE("the snapshot length cuts packets, and the filter chooses them") {
  in_network([](Network& network) {
    LiveOptions options = options_for({"lo"});
    options.snapshot_length = 64;
    options.filter = "udp src port 5";
    Capturing capturing(options);
    for (uint16_t i = 0; i < 100; i++) network.send(udp_frame(i % 10, 0, 500));
    capturing->stop();
    capturing.wait_for_end();
    const std::vector<Got> got = capturing.got();
    CHECK(got.size() == 10);
    for (const Got& each : got) {
      CHECK(each.record.src_port == 5);
      CHECK(each.record.captured_length == 64);
      CHECK(each.record.wire_length == 542);
    }
  });
}

TEST_CASE("a filter in the kernel sees packets without the tag that was taken off, and knows the tag") {
  const std::vector<std::pair<std::string, std::vector<int>>> cases = {
      {"udp src port 1000", {0, 7, 8}}, {"vlan", {7, 8}}, {"vlan 8 and udp src port 1000", {8}}, {"vlan 8 and tcp", {}}};
  for (const auto& [filter, expected] : cases) {
    in_network([&, &filter = filter, &expected = expected](Network& network) {
      LiveOptions options = options_for({"lo"});
      options.filter = filter;
      Capturing capturing(options);
      for (const uint16_t vlan : {0, 7, 8}) network.send(udp_frame(1000, vlan));
      capturing->stop();
      capturing.wait_for_end();
      std::vector<int> vlans;
      for (const Got& got : capturing.got()) vlans.push_back(got.record.vlan_id);
      CHECK_MESSAGE(vlans == expected, filter);
    });
  }
}

TEST_CASE("several devices give all that waits in their rings when they are stopped") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo", "any"}), 1);
    capturing.regrant(false);
    network.send(udp_frame(1));
    capturing.wait_for(1);
    constexpr uint64_t sent = 20'000;
    for (uint64_t i = 0; i < sent; i++) network.send(udp_frame(static_cast<uint16_t>(i), 0, 200));
    capturing->stop();
    pause_ms(200);  // longer than what has come may be unseen: it must not be taken for nothing
    capturing.regrant(true);
    capturing.grant();
    capturing.wait_for_end();
    for (const LiveCounters& counters : capturing->counters()) {
      CHECK(counters.dropped_by_credit + counters.dropped_by_kernel == 0);
      CHECK(counters.received == sent + 1);
    }
    const std::vector<Got> got = capturing.got();
    for (size_t i = 1; i < got.size(); i++) CHECK(got[i].record.time_ns >= got[i - 1].record.time_ns);
  });
}

TEST_CASE("several devices are one timeline") {
  in_network([](Network& network) {
    // Each packet comes from both.
    Capturing capturing(options_for({"lo", "any"}));
    constexpr int sent = 2000;
    for (int i = 0; i < sent; i++) {
      network.send(udp_frame(static_cast<uint16_t>(i)));
      if (i % 500 == 0) pause_ms(30);
    }
    capturing->stop();
    capturing.wait_for_end();
    const std::vector<Got> got = capturing.got();
    REQUIRE(got.size() == 2 * sent);
    std::map<int, int> of_device;
    for (size_t i = 0; i < got.size(); i++) {
      of_device[got[i].record.interface_id]++;
      if (i > 0) CHECK(got[i].record.time_ns >= got[i - 1].record.time_ns);
    }
    CHECK(of_device == std::map<int, int>{{0, sent}, {1, sent}});
  });
}

TEST_CASE("a device that goes down ends the capture behind its last packet") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo"}));
    for (uint16_t i = 0; i < 100; i++) network.send(udp_frame(i));
    network.set_loopback(false);
    capturing.wait_for_end();
    CHECK(capturing.code() == "ERR_NFSTREAM_DEVICE_GONE");
    CHECK(capturing.got().size() == 100);
  });
}

TEST_CASE("a device that is waited for goes on where it was") {
  in_network([](Network& network) {
    LiveOptions options = options_for({"lo"});
    options.retry_ms = 5;
    Capturing capturing(options);
    for (uint16_t i = 0; i < 100; i++) network.send(udp_frame(i));
    network.set_loopback(false);
    capturing.wait_for_away(true);
    CHECK(capturing.code() == "ERR_NFSTREAM_DEVICE_GONE");
    capturing.wait_for(100);
    CHECK(capturing->counters().front().away);
    network.set_loopback(true);
    capturing.wait_for_away(false);
    CHECK(capturing.code() == "lo");
    for (uint16_t i = 0; i < 100; i++) network.send(udp_frame(i));
    capturing->stop();
    capturing.wait_for_end();
    const LiveCounters counters = capturing->counters().front();
    CHECK(capturing.got().size() == 200);
    CHECK(counters.received == 200);
    CHECK(counters.arrived == 200);
    CHECK(counters.returns == 1);
    CHECK(!counters.away);
  });
}

TEST_CASE("devices that can't be opened") {
  in_network([](Network& network) {
    CHECK(Capturing(options_for({"none0"})).code() == "ERR_NFSTREAM_DEVICE");
    CHECK(Capturing(options_for({"lo", "none0"})).code() == "ERR_NFSTREAM_DEVICE");
    LiveOptions options = options_for({"lo"});
    options.filter = "no filter";
    CHECK(Capturing(options).code() == "ERR_NFSTREAM_FILTER");
    network.set_loopback(false);
    CHECK(Capturing(options_for({"lo"})).code() == "ERR_NFSTREAM_DEVICE");
  });
}

TEST_CASE("a cancelled capture ends at once, whatever it waits for") {
  in_network([](Network& network) {
    {
      Capturing silent(options_for({"lo"}));
    }
    Capturing starved(options_for({"lo"}), 0);
    network.send(udp_frame(1));
    starved->cancel();
    starved.wait_for_end();
    CHECK(starved.got().empty());
    CHECK(starved.code() == "");
  });
}
