#include "engine/rows/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace nfstream {

namespace {

struct Pairs {
  char of[100][2];
};
constexpr Pairs make_pairs() {
  Pairs pairs{};
  for (int i = 0; i < 100; i++) {
    pairs.of[i][0] = static_cast<char>('0' + i / 10);
    pairs.of[i][1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr Pairs pairs = make_pairs();

constexpr uint64_t powers[] = {1ull,
                               10ull,
                               100ull,
                               1'000ull,
                               10'000ull,
                               100'000ull,
                               1'000'000ull,
                               10'000'000ull,
                               100'000'000ull,
                               1'000'000'000ull,
                               10'000'000'000ull,
                               100'000'000'000ull,
                               1'000'000'000'000ull,
                               10'000'000'000'000ull,
                               100'000'000'000'000ull,
                               1'000'000'000'000'000ull,
                               10'000'000'000'000'000ull,
                               100'000'000'000'000'000ull,
                               1'000'000'000'000'000'000ull,
                               10'000'000'000'000'000'000ull};

// How many digits a number has that is not 0: 1233 / 4096 is a little more than the logarithm of 2.
size_t digits_of(uint64_t value) {
  const auto bits = static_cast<size_t>(64 - __builtin_clzll(value));
  const size_t least = bits * 1233 >> 12;
  return least + (value >= powers[least] ? 1 : 0);
}

char* put_unsigned(char* to, uint64_t value) {
  if (value < 10) {
    *to = static_cast<char>('0' + value);
    return to + 1;
  }
  char* const end = to + digits_of(value);
  char* at = end;
  for (; value >= 100; value /= 100) std::memcpy(at -= 2, pairs.of[value % 100], 2);
  if (value >= 10) {
    std::memcpy(to, pairs.of[value], 2);
  } else {
    *to = static_cast<char>('0' + value);
  }
  return end;
}

}  // namespace

char* put_int(char* to, int64_t value) {
  if (value >= 0) return put_unsigned(to, static_cast<uint64_t>(value));
  *to++ = '-';
  return put_unsigned(to, 0 - static_cast<uint64_t>(value));
}

char* put_float(char* to, double value) {
  constexpr double exact = 9007199254740991;  // up to here every integer is a float
  const double size = std::fabs(value);
  if (size <= exact && size == static_cast<double>(static_cast<uint64_t>(size))) {
    if (std::signbit(value)) *to++ = '-';
    to = put_unsigned(to, static_cast<uint64_t>(size));
    std::memcpy(to, ".0", 2);
    return to + 2;
  }
  if (size >= 1e16 || size < 1e-4) return std::to_chars(to, to + number_room, value, std::chars_format::scientific).ptr;
  char* const end = std::to_chars(to, to + number_room, value, std::chars_format::fixed).ptr;
  if (std::memchr(to, '.', static_cast<size_t>(end - to)) != nullptr) return end;
  std::memcpy(end, ".0", 2);
  return end + 2;
}

}  // namespace nfstream
