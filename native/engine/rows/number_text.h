// Numbers as text, in the forms that lib/encode/numbers.ts writes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream {

// Room that the longest number takes.
constexpr size_t number_room = 32;

// All digits of an integer. Gives the end.
char* put_int(char* to, int64_t value);

// A float that is finite as Python's repr has it: `58.0`, `1e-05`, `1e+16`, with the fewest digits that give the same float again. Gives the end.
char* put_float(char* to, double value);

}  // namespace nfstream
