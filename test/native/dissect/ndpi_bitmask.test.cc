#include <doctest/doctest.h>
#include <dlfcn.h>

#include "engine/dissect/ndpi/ndpi_compat.h"

#if !NFSTREAM_NDPI_AT(5, 0)

using Compare = int (*)(NDPI_PROTOCOL_BITMASK, NDPI_PROTOCOL_BITMASK);

TEST_CASE("masks have a protocol in common or not as nDPI's own function says, for each two protocols") {
  const auto own = reinterpret_cast<Compare>(dlsym(RTLD_NEXT, "NDPI_BITMASK_COMPARE"));
  const bool found = own != nullptr;
  REQUIRE(found);
  const bool replaced = own != &NDPI_BITMASK_COMPARE;
  REQUIRE(replaced);
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
