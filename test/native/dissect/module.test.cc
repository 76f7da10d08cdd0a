#include "engine/dissect/module.h"

#include <doctest/doctest.h>

using namespace nfstream;

TEST_CASE("a module that is not there, and a library that is none, are told apart") {
  DissectorModule missing;
  CHECK_FALSE(missing.load("/nowhere/dissector.so"));
  CHECK(missing.code() == "ERR_NFSTREAM_NO_NDPI");
  CHECK(missing.text().find("/nowhere/dissector.so") != std::string::npos);
  CHECK(missing.text().find("dissections 0") != std::string::npos);

  DissectorModule other;
  CHECK_FALSE(other.load("libz.so.1"));
  CHECK(other.code() == "ERR_NFSTREAM_NDPI_MISMATCH");
}
