#include "engine/rows/number_text.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace nfstream;

namespace {

std::string int_text(int64_t value) {
  char text[number_room];
  return {text, static_cast<size_t>(put_int(text, value) - text)};
}

std::string float_text(double value) {
  char text[number_room];
  return {text, static_cast<size_t>(put_float(text, value) - text)};
}

}  // namespace

TEST_CASE("integers have all their digits") {
  for (const int64_t value : {INT64_C(0), INT64_C(7), INT64_C(10), INT64_C(99), INT64_C(100), INT64_C(12345), INT64_C(-1), INT64_C(-100),
                              INT64_C(9007199254740993), INT64_MAX, INT64_MIN}) {
    CHECK(int_text(value) == std::to_string(value));
  }
  int64_t power = 1;
  for (int digits = 1; digits <= 19; digits++, power = digits <= 18 ? power * 10 : power) {
    for (const int64_t value : {power - 1, power, power + 1, 2 * (power / 2) + power / 3, -power}) CHECK(int_text(value) == std::to_string(value));
  }
}

TEST_CASE("floats are as Python's repr has them") {
  // What Python 3.11 prints.
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {58.0, "58.0"},
      {-3.0, "-3.0"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {123456789.125, "123456789.125"},
      {9007199254740991.0, "9007199254740991.0"},
      {9007199254740992.0, "9007199254740992.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {5e-324, "5e-324"},
      {-1.5, "-1.5"},
      {1234567.1234567, "1234567.1234567"},
  };
  for (const auto& one : cases) CHECK(float_text(one.value) == one.text);
}
