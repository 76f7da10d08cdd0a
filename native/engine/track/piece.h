// What stitching needs of a flow that is a piece of a longer one, besides its columns.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/track/tcp/tcp_window.h"

namespace nfstream {

struct alignas(8) Piece {
  bool early;      // it began before the idle timeout had gone by since the run's first packet: a piece in front of it may belong to it
  bool undecided;  // its dissection was not over when it ended
};

// A sum of squares, in 128 bits: no flow overflows it, since the sum of its gaps has 64.
struct SumOfSquares {
  uint64_t low;
  uint64_t high;

  // The sample standard deviation of so many values with this sum, rounded from exact integers as stitching rounds it; 0 for fewer than two.
  double deviation(uint64_t sum, uint64_t count) const;

  void add(int64_t value) {
    const auto square = static_cast<unsigned __int128>(static_cast<__int128>(value) * value);
    add(SumOfSquares{static_cast<uint64_t>(square), static_cast<uint64_t>(square >> 64)});
  }
  void add(const SumOfSquares& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
  }
};

// The sums that means and deviations of several pieces together are made of; plain sums are among the columns: bytes, and durations.
struct PieceSums {
  SumOfSquares sizes[2];  // by direction: 0 source to destination, 1 back
  SumOfSquares gaps[3];   // in the run's time unit: of the flow, and by direction
};

// Lengths of periods, in the run's time unit.
struct PeriodSums {
  uint64_t count;
  uint64_t sum;
  SumOfSquares squares;
  int64_t min;
  int64_t max;

  void add(int64_t length) {
    min = count == 0 ? length : std::min(min, length);
    max = std::max(max, length);
    count++;
    sum += static_cast<uint64_t>(length);
    squares.add(length);
  }
  double mean() const { return static_cast<double>(sum) / static_cast<double>(count); }
  double deviation() const { return squares.deviation(sum, count); }
};

// Periods of a piece: its first and its last active one may go on in another piece.
struct PiecePeriods {
  PeriodSums active;       // those between the first and the last
  PeriodSums idle;         // all
  int64_t first_ended_ns;  // of the first active period, once an idle one has followed it
};

// Windows as they stand in segments without SYN and RST, which are scaled once both SYNs have said so: before any SYN, between the two, and after both.
struct alignas(8) PieceWindows {
  uint16_t min[2][3];  // by direction of the sender
  uint16_t max[2][3];
  bool has[2][3];
  bool destination_first;  // the first SYN was the destination's

  // Before `window` counts the segment.
  void count(const TcpWindow& window, const TcpSegment& segment, int direction);
};

}  // namespace nfstream
