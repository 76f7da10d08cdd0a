#include "engine/metrics/distinct.h"

#include <cstdlib>

namespace nfstream {

namespace {

constexpr uint32_t smallest = 16;

uint64_t hash_of(int64_t value, uint64_t seed) {
  const auto product = static_cast<unsigned __int128>(static_cast<uint64_t>(value) ^ seed) * (seed | 1);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

bool Distinct::add(int64_t value, uint64_t seed) {
  if (full) return true;
  if (value == 0) {
    if (has_zero) return true;
    has_zero = true;
    count++;
  } else {
    if ((count + 1) * 2 > capacity && !grow(seed)) return false;
    if (!place(value, seed)) return true;
    count++;
  }
  if (count > most) {
    release();
    full = true;
  }
  return true;
}

bool Distinct::place(int64_t value, uint64_t seed) {
  const uint32_t mask = capacity - 1;
  uint32_t at = static_cast<uint32_t>(hash_of(value, seed)) & mask;
  while (cells[at] != 0) {
    if (cells[at] == value) return false;
    at = (at + 1) & mask;
  }
  cells[at] = value;
  return true;
}

bool Distinct::grow(uint64_t seed) {
  const uint32_t larger = capacity == 0 ? smallest : capacity * 2;
  auto* fresh = static_cast<int64_t*>(std::calloc(larger, sizeof(int64_t)));
  if (fresh == nullptr) return false;
  int64_t* before = cells;
  const uint32_t old = capacity;
  cells = fresh;
  capacity = larger;
  for (uint32_t i = 0; i < old; i++) {
    if (before[i] != 0) place(before[i], seed);
  }
  std::free(before);
  return true;
}

void Distinct::release() {
  std::free(cells);
  cells = nullptr;
  capacity = 0;
}

}  // namespace nfstream
