#include "engine/clocks.h"
#include "live/capturing.h"

using namespace nfstream_test;

TEST_CASE("the clock never passes a packet that is still to come, and goes on in silence") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo"}));
    CHECK_FALSE(capturing->clock_ns());
    // The times that were told, with how many packets had come until then.
    std::vector<std::pair<size_t, int64_t>> told;
    uint16_t sent = 0;
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < round % 4; i++) network.send(udp_frame(sent++));
      for (int i = 0; i < 10; i++) {
        const auto clock = capturing->clock_ns();
        if (clock) told.emplace_back(capturing.got().size(), *clock);
        pause_ms(2);
      }
    }
    capturing.wait_for(sent);
    const std::vector<Got> got = capturing.got();
    CHECK(told.size() > 10);
    for (const auto& [come, clock] : told) {
      for (size_t i = come; i < got.size(); i++) CHECK(got[i].record.time_ns > clock);
    }
    int64_t last = 0;
    while (last < got.back().record.time_ns + 50'000'000) {
      if (const auto clock = capturing->clock_ns()) {
        CHECK(*clock >= last);
        CHECK(*clock <= wall_ns());
        last = *clock;
      }
      pause_ms(2);
    }
  });
}

TEST_CASE("the clock stands while packets wait for memory") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo"}), 1);
    capturing.regrant(false);
    network.send(udp_frame(1));
    capturing.wait_for(1);
    pause_ms(20);
    CHECK_FALSE(capturing->clock_ns());
    network.send(udp_frame(2));
    CHECK_FALSE(capturing->clock_ns());
    capturing.grant();
    capturing.wait_for(2);
  });
}
