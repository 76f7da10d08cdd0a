// Lets allocations fail, each in a process of its own: at an allocation the process forks, the child gets no memory and goes on to the end, and
// the parent learns how that ended, before it goes on with the memory. So one run tries every allocation.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace nfstream::test {

struct Failures {
  enum class From {
    engine,  // malloc, realloc, mmap and mmap64, as the engine calls them (the linker has to wrap these)
    ndpi,    // nDPI itself is given null pointers, without the engine's reserve
  };
  From from = From::engine;
  bool later_too = false;  // after the one that fails, all of that child's fail
  size_t every = 1;        // only every so many allocations fail
  size_t skip = 0;         // the first so many are let be
};

// How a child's run ended, by the number of children.
struct Ends {
  size_t allocations = 0;
  std::map<std::string, size_t> ended;    // by what the run said; "crash" for one that said nothing
  std::map<std::string, size_t> crashed;  // by the function of libndpi that wanted the memory
};

// `run` gives a short text that says how it ended.
Ends fail_each_allocation(const Failures& failures, const std::function<std::string()>& run);

// Whether an allocation of nDPI's fails that comes now; for a function that nDPI takes its memory from.
bool ndpi_fails();

}  // namespace nfstream::test
