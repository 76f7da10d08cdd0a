// An expression over packets as a program for a small stack machine. It is checked when it is loaded, so that running it checks nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/metrics/packet_terms.h"

namespace nfstream {

// The numbers are the contract with JavaScript (lib/metrics/program.ts): append only. Conditions are integers, 0 or 1.
enum class Operation : uint8_t {
  term,
  integer,
  real,  // push: a term, or what the operand says (of a real, its bits)
  to_real,
  add,
  subtract,
  multiply,
  remainder,
  negate,
  absolute,  // of integers
  add_real,
  subtract_real,
  multiply_real,
  divide,
  remainder_real,
  negate_real,
  absolute_real,
  equal,
  unequal,
  less,
  less_equal,
  greater,
  greater_equal,  // of integers
  equal_real,
  unequal_real,
  less_real,
  less_equal_real,
  greater_real,
  greater_equal_real,
  both,
  either,
  opposite,  // and, or, not: null is neither true nor false
  is_null,
  is_null_real,
  count
};

class Program {
 public:
  static constexpr size_t longest = 4096;
  static constexpr size_t deepest = 128;  // values on the stack

  // Takes pairs of an operation and its operand. False for what is no program that leaves one value.
  bool load(const int64_t* words, size_t count);
  // Whether the value is a real; else it is an integer.
  bool gives_real() const { return gives_real_; }
  MetricValue run(const MetricPacket& packet) const;

 private:
  struct Instruction {
    Operation operation;
    Term term;
    MetricValue constant;
  };

  std::vector<Instruction> code_;
  bool gives_real_ = false;
};

}  // namespace nfstream
