#include "engine/columns/entropy.h"

#include <cmath>

namespace nfstream {

namespace {

// n log2 n, from tables where n is small: logarithms are what a flow's entropy costs. The small ones are whole multiples of 2^-39, so that
// adding them up is exact in any order.
constexpr uint32_t small = 1024;
struct Logarithms {
  double of[small + 1];
  double step[small];  // from n to n + 1

  Logarithms() : of{}, step{} {
    for (uint32_t n = 2; n <= small; n++) of[n] = std::ldexp(std::round(std::ldexp(n * std::log2(n), 39)), -39);
    for (uint32_t n = 0; n < small; n++) step[n] = of[n + 1] - of[n];
  }
};
const Logarithms& logarithms() {
  static const Logarithms table;
  return table;
}
double n_log_n(uint32_t n) { return n <= small ? logarithms().of[n] : n * std::log2(n); }

// The sum of c log2 c over the values that occur c times, in one pass over few bytes.
double sum_of_few(const uint8_t* bytes, uint32_t size) {
  const double* step = logarithms().step;
  uint16_t counts[256] = {};
  double sum = 0;
  const uint8_t* end = bytes + size;
#pragma GCC unroll 4
  for (; bytes != end; bytes++) sum += step[counts[*bytes]++];
  return sum;
}
double sum_of_many(const uint8_t* bytes, uint32_t size) {
  uint32_t counts[256] = {};
  for (uint32_t i = 0; i < size; i++) counts[bytes[i]]++;
  double sum = 0;
  for (const uint32_t count : counts) sum += n_log_n(count);
  return sum;
}

}  // namespace

// Of n bytes: log2 n - sum(c log2 c) / n.
double entropy_of(const uint8_t* bytes, uint32_t size) {
  const double sum = size <= small ? sum_of_few(bytes, size) : sum_of_many(bytes, size);
  return (n_log_n(size) - sum) / size;
}

}  // namespace nfstream
