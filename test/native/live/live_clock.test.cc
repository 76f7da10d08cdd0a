#include "engine/clocks.h"
#include "live/capturing.h"

using namespace nfstream_test;

TEST_CASE("the clock never passes a packet that is still to come, and goes on in silence") {
  in_network([](Network& network) {
    Capturing capturing(options_for({"lo"}));
    CHECK_FALSE(capturing->clock_ns());
    const auto [sent, told] = watch_clock(capturing, 40, [&](uint16_t number) { network.send(udp_frame(number)); });
    const std::vector<Got> got = capturing.got();
    CHECK(got.size() == sent);
    CHECK(told > 10);
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
