#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <random>

#include "dissect/ndpi_own.h"
#include "engine/dissect/ndpi/address_answers.h"

#if !NFSTREAM_NDPI_AT(5, 0)

using nfstream::ndpi::AddressAnswers;
using nfstream::ndpi::AddressAnswersUse;

namespace {

using Tree = AddressAnswers::Tree;

ndpi_prefix_t prefix_of(uint32_t address, int bits) {
  ndpi_prefix_t prefix;
  in_addr network;
  network.s_addr = htonl(address);
  ndpi_fill_prefix_v4(&prefix, &network, bits, 32);
  return prefix;
}

}  // namespace

TEST_CASE("the rule for an address is the one that nDPI finds, of each tree, asked for the first time and again") {
  const auto own = nfstream::test::own_of(&ndpi_patricia_search_best, "ndpi_patricia_search_best");
  std::mt19937 random(7);
  // One of them has no rule, one has one for all addresses, and there are more than are told apart.
  Tree* trees[6];
  for (Tree*& tree : trees) tree = ndpi_patricia_new(32);
  ndpi_prefix_t everywhere = prefix_of(0, 0);
  ndpi_patricia_lookup(trees[5], &everywhere);
  for (int i = 0; i < 2000; i++) {
    ndpi_prefix_t prefix = prefix_of(random() & 0xff0f'ffff, static_cast<int>(5 + random() % 28));
    ndpi_patricia_lookup(trees[1 + random() % 5], &prefix);
  }
  AddressAnswers answers;
  const AddressAnswersUse use(&answers);
  int found = 0, wrong = 0;
  for (int i = 0; i < 200'000; i++) {
    Tree* tree = trees[random() % 6];
    // Some are asked for often, and 0 is an address as any other.
    ndpi_prefix_t address = prefix_of(i % 3 == 0 ? random() % 64 : random() & 0xff0f'ffff, 32);
    const auto* node = ndpi_patricia_search_best(tree, &address);
    found += node != nullptr ? 1 : 0;
    wrong += node == own(tree, &address) ? 0 : 1;
    ndpi_prefix_t network = prefix_of(random() & 0x0f0f'ffff, 24);
    wrong += ndpi_patricia_search_best(tree, &network) == own(tree, &network) ? 0 : 1;
  }
  CHECK(found > 10'000);
  CHECK(wrong == 0);
  for (Tree* tree : trees) ndpi_patricia_destroy(tree, nullptr);
}

TEST_CASE("IPv6 addresses are looked up as before") {
  const auto own = nfstream::test::own_of(&ndpi_patricia_search_best, "ndpi_patricia_search_best");
  Tree* tree = ndpi_patricia_new(128);
  in6_addr network;
  REQUIRE(inet_pton(AF_INET6, "2001:db8::", &network) == 1);
  ndpi_prefix_t prefix;
  ndpi_fill_prefix_v6(&prefix, &network, 32, 128);
  ndpi_patricia_lookup(tree, &prefix);
  AddressAnswers answers;
  const AddressAnswersUse use(&answers);
  for (const char* text : {"2001:db8::1", "2001:db9::1", "::", "2001:db8::1"}) {
    CAPTURE(text);
    REQUIRE(inet_pton(AF_INET6, text, &network) == 1);
    ndpi_fill_prefix_v6(&prefix, &network, 128, 128);
    CHECK(ndpi_patricia_search_best(tree, &prefix) == own(tree, &prefix));
  }
  ndpi_patricia_destroy(tree, nullptr);
}

#endif
