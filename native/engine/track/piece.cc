#include "engine/track/piece.h"

#include <cmath>

namespace nfstream {

namespace {

using Wide = unsigned __int128;

// The nearest double of an integer of 192 bits.
double to_double(uint64_t high, Wide low) {
  if (high == 0) return static_cast<double>(low);
  const int shift = 64 - __builtin_clzll(high);
  // What is cut off can't be half of the last digit, but tells whether there is more than half.
  const bool rest = (low & ((Wide{1} << shift) - 1)) != 0;
  const Wide kept = (Wide{high} << (128 - shift)) | (low >> shift);
  return std::ldexp(static_cast<double>(kept | (rest ? 1 : 0)), shift);
}

}  // namespace

double SumOfSquares::deviation(uint64_t sum, uint64_t count) const {
  if (count < 2) return 0;
  const Wide of_low = Wide{count} * low;
  const Wide of_high = Wide{count} * high + (of_low >> 64);
  Wide product = (of_high << 64) | static_cast<uint64_t>(of_low);
  auto upper = static_cast<uint64_t>(of_high >> 64);
  const Wide square = Wide{sum} * sum;
  if (product < square) upper--;
  product -= square;
  return std::sqrt(to_double(upper, product) / static_cast<double>(Wide{count} * (count - 1)));
}

void PieceWindows::count(const TcpWindow& window, const TcpSegment& segment, int direction) {
  if (segment.has(tcp_rst)) return;
  const int phase = (window.offers[0].has_syn ? 1 : 0) + (window.offers[1].has_syn ? 1 : 0);
  if (segment.has(tcp_syn)) {
    if (phase == 0) destination_first = direction == 1;
    return;
  }
  uint16_t& least = min[direction][phase];
  least = has[direction][phase] ? std::min(least, segment.window) : segment.window;
  max[direction][phase] = std::max(max[direction][phase], segment.window);
  has[direction][phase] = true;
}

}  // namespace nfstream
