// nDPI's own functions, which the program replaces.
#pragma once

#include <dlfcn.h>
#include <doctest/doctest.h>

namespace nfstream::test {

template <typename Function>
Function* own_of(Function* replacing, const char* name) {
  auto* own = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  const bool found = own != nullptr;
  REQUIRE(found);
  const bool replaced = own != replacing;
  REQUIRE(replaced);
  return own;
}

}  // namespace nfstream::test
