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

char* put_unsigned(char* to, uint64_t value) {
  char digits[20];
  char* at = digits + sizeof digits;
  for (; value >= 100; value /= 100) std::memcpy(at -= 2, pairs.of[value % 100], 2);
  if (value >= 10) {
    std::memcpy(at -= 2, pairs.of[value], 2);
  } else {
    *--at = static_cast<char>('0' + value);
  }
  const auto size = static_cast<size_t>(digits + sizeof digits - at);
  std::memcpy(to, at, size);
  return to + size;
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
