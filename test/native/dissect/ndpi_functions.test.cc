#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dissect/ndpi_own.h"
#include "engine/dissect/ndpi/ndpi_dispatch.h"

using namespace nfstream::test;

// No header that is installed has it.
extern "C" void SHA1Transform(uint32_t state[5], const uint8_t block[64]);

#if !NFSTREAM_NDPI_AT(5, 0)

TEST_CASE("masks have a protocol in common or not as nDPI's own function says, for each two protocols") {
  const auto own = own_of(&NDPI_BITMASK_COMPARE, "NDPI_BITMASK_COMPARE");
  int wrong = 0;
  for (int one = 0; one < NDPI_NUM_BITS; one++) {
    NDPI_PROTOCOL_BITMASK a;
    NDPI_BITMASK_RESET(a);
    NDPI_BITMASK_ADD(a, one);
    for (int other = 0; other < NDPI_NUM_BITS; other++) {
      NDPI_PROTOCOL_BITMASK b;
      NDPI_BITMASK_RESET(b);
      NDPI_BITMASK_ADD(b, other);
      const int common = NDPI_BITMASK_COMPARE(a, b);
      wrong += common == own(a, b) && common == (one == other ? 1 : 0) ? 0 : 1;
    }
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    CHECK(NDPI_BITMASK_COMPARE(a, all) == 1);
    CHECK(NDPI_BITMASK_COMPARE(all, a) == 1);
    NDPI_BITMASK_DEL(all, one);
    CHECK(NDPI_BITMASK_COMPARE(a, all) == 0);
  }
  CHECK(wrong == 0);
}

#endif

#if NFSTREAM_NDPI_IS_OPEN

using namespace nfstream::ndpi;

namespace {

// Texts of few letters, so that what is looked for occurs, with bytes of 0 among them.
std::string random_text(std::mt19937& random, size_t most) {
  std::string text;
  for (size_t size = random() % (most + 1); text.size() < size;) text += "ab\r\n\0"[random() % 5];
  return text;
}

// What a function and nDPI's own say of the same texts.
struct Said {
  bool found;
  bool same;
};

// Asks about pairs of texts, of which enough must be found, and all the same by both.
template <typename Ask>
void compare_texts(size_t longest, int least_found, Ask ask) {
  std::mt19937 random(2);
  int found = 0, different = 0;
  for (int i = 0; i < 50'000; i++) {
    const std::string bytes = random_text(random, longest);
    const Said said = ask(bytes, random_text(random, 3), random());
    found += said.found ? 1 : 0;
    different += said.same ? 0 : 1;
  }
  CHECK(found > least_found);
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("a SHA-1 goes on with 64 bytes as nDPI's own function says") {
  const auto own = own_of(&SHA1Transform, "SHA1Transform");
  std::mt19937 random(3);
  uint32_t state[5];
  for (uint32_t& number : state) number = static_cast<uint32_t>(random());
  for (int i = 0; i < 1000; i++) {
    uint8_t block[64];
    for (uint8_t& byte : block) byte = static_cast<uint8_t>(random());
    uint32_t expected[5];
    std::memcpy(expected, state, sizeof state);
    own(expected, block);
    SHA1Transform(state, block);
    REQUIRE(std::memcmp(state, expected, sizeof state) == 0);
  }
}

TEST_CASE("a text is a payload's beginning or not as nDPI says") {
  const auto own = own_of(&ndpi_match_prefix, "ndpi_match_prefix");
  compare_texts(4, 2500, [&](const std::string& payload, const std::string& text, unsigned) -> Said {
    const auto* bytes = reinterpret_cast<const uint8_t*>(payload.data());
    const int match = ndpi_match_prefix(bytes, payload.size(), text.data(), text.size());
    return {match != 0, match == own(bytes, payload.size(), text.data(), text.size())};
  });
  CHECK(ndpi_match_prefix(nullptr, 0, "a", 1) == own(nullptr, 0, "a", 1));
  CHECK(ndpi_match_prefix(nullptr, 0, "", 0) == 1);
}

TEST_CASE("a text is found where nDPI finds it") {
  const auto own = own_of(&ndpi_strnstr, "ndpi_strnstr");
  compare_texts(12, 10'000, [&](const std::string& bytes, const std::string& text, unsigned number) -> Said {
    const size_t count = bytes.size() - (bytes.empty() ? 0 : number % bytes.size());
    // Of just as many bytes, for the sanitizers.
    const std::unique_ptr<char[]> exact(new char[count]);
    std::memcpy(exact.get(), bytes.data(), count);
    const char* at = ndpi_strnstr(exact.get(), text.c_str(), count);
    return {at != nullptr, at == own(exact.get(), text.c_str(), count)};
  });
  const bool none = ndpi_strnstr(nullptr, "a", 0) == nullptr;
  CHECK(none);
}

TEST_CASE("a protocol is excluded where nDPI excludes it") {
  const auto own = own_of(&ndpi_exclude_protocol, "ndpi_exclude_protocol");
  for (int protocol = 0; protocol <= 0xffff; protocol += protocol < 1100 ? 1 : 97) {
    const auto ours = std::make_unique<Flow>(), theirs = std::make_unique<Flow>();
    ndpi_exclude_protocol(nullptr, ours.get(), static_cast<uint16_t>(protocol), "", "", 0);
    own(nullptr, theirs.get(), static_cast<uint16_t>(protocol), "", "", 0);
    REQUIRE(std::memcmp(&ours->excluded_protocol_bitmask, &theirs->excluded_protocol_bitmask, sizeof ours->excluded_protocol_bitmask) == 0);
  }
}

TEST_CASE("a payload has the lines that nDPI finds, or none") {
  const auto own = own_of(&ndpi_parse_packet_line_info, "ndpi_parse_packet_line_info");
  Module* module = new_module();
  REQUIRE(module != nullptr);
  enable_all(module);
  finish(module);
  const std::unique_ptr<Dispatch> dispatch = Dispatch::of(module);
  REQUIRE(dispatch != nullptr);
  const DispatchUse use(dispatch.get());
  std::mt19937 random(3);
  std::vector<std::string> payloads = {
      "HTTP/1.1 200 OK\r\nServer: a\r\nContent-Type: text/html\r\n\r\nbody", "GET / HTTP/1.1\r\nHost: a.example", "no line\ris here\n", "\r", "ab\r", "abc\r"};
  for (int i = 0; i < 20'000; i++) payloads.push_back(random_text(random, 14));
  int wrong = 0, without = 0;
  const auto lines_of = [&](const std::string& payload, auto& function, bool parsed) {
    auto flow = std::make_unique<Flow>();
    ndpi_packet_struct& packet = module->packet;
    std::memset(&packet, 0xa5, sizeof packet);
    packet.payload = payload.empty() ? nullptr : reinterpret_cast<const uint8_t*>(payload.data());
    packet.payload_packet_len = static_cast<uint16_t>(payload.size());
    packet.packet_lines_parsed_complete = parsed ? 1 : 0;
    function(module, flow.get());
    without += packet.parsed_lines == 0 ? 1 : 0;
    return std::string(reinterpret_cast<const char*>(&packet), sizeof packet) + std::string(reinterpret_cast<const char*>(flow.get()), sizeof *flow);
  };
  for (const std::string& payload : payloads) {
    for (const bool parsed : {false, true}) wrong += lines_of(payload, ndpi_parse_packet_line_info, parsed) == lines_of(payload, own, parsed) ? 0 : 1;
  }
  CHECK(without > 1000);
  CHECK(wrong == 0);
  std::memset(&module->packet, 0, sizeof module->packet);
  ndpi_exit_detection_module(module);
}

#endif
