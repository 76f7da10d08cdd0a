#include "engine/metrics/program.h"

#include <cmath>
#include <cstring>

namespace nfstream {

namespace {

// What an operation takes from the stack, and leaves there.
struct Shape {
  uint8_t operands;
  bool takes_reals;
  bool gives_real;
};

constexpr Shape shape_of(Operation operation) {
  switch (operation) {
    case Operation::term:
    case Operation::integer: return {0, false, false};
    case Operation::real: return {0, false, true};
    case Operation::to_real: return {1, false, true};
    case Operation::negate:
    case Operation::absolute:
    case Operation::opposite:
    case Operation::is_null: return {1, false, false};
    case Operation::is_null_real: return {1, true, false};
    case Operation::negate_real:
    case Operation::absolute_real: return {1, true, true};
    case Operation::add_real:
    case Operation::subtract_real:
    case Operation::multiply_real:
    case Operation::divide:
    case Operation::remainder_real: return {2, true, true};
    case Operation::equal_real:
    case Operation::unequal_real:
    case Operation::less_real:
    case Operation::less_equal_real:
    case Operation::greater_real:
    case Operation::greater_equal_real: return {2, true, false};
    default: return {2, false, false};
  }
}

// What is not finite has no place in a column.
void set_real(MetricValue& left, const MetricValue& right, double result) {
  left.real = result;
  left.known = left.known && right.known && std::isfinite(result);
}

template <class Calculate>
void set_integer(MetricValue& left, const MetricValue& right, Calculate calculate) {
  int64_t result = 0;
  const bool overflows = calculate(left.integer, right.integer, &result);
  left.integer = result;
  left.known = left.known && right.known && !overflows;
}

void set_truth(MetricValue& left, const MetricValue& right, bool truth) {
  left.integer = truth ? 1 : 0;
  left.known = left.known && right.known;
}

bool remainder_of(int64_t left, int64_t right, int64_t* result) {
  if (right == 0) return true;
  *result = right == -1 ? 0 : left % right;
  return false;
}

// `deciding` is the truth of one side that makes the other one's not matter.
void join(MetricValue& left, const MetricValue& right, int64_t deciding) {
  const bool decided = (left.known && left.integer == deciding) || (right.known && right.integer == deciding);
  left.known = decided || (left.known && right.known);
  left.integer = decided ? deciding : 1 - deciding;
}

}  // namespace

bool Program::load(const int64_t* words, size_t count) {
  code_.clear();
  if (count == 0 || count % 2 != 0 || count / 2 > longest) return false;
  bool reals[deepest];
  size_t depth = 0;
  for (size_t i = 0; i < count; i += 2) {
    if (words[i] < 0 || words[i] >= static_cast<int64_t>(Operation::count)) return false;
    Instruction instruction{static_cast<Operation>(words[i]), Term::number, integer_value(words[i + 1])};
    const Shape shape = shape_of(instruction.operation);
    if (depth < shape.operands) return false;
    for (size_t operand = 1; operand <= shape.operands; operand++) {
      if (reals[depth - operand] != shape.takes_reals) return false;
    }
    depth -= shape.operands;
    if (depth == deepest) return false;
    reals[depth++] = shape.gives_real;
    if (instruction.operation == Operation::term) {
      if (words[i + 1] < 0 || words[i + 1] >= static_cast<int64_t>(Term::count)) return false;
      instruction.term = static_cast<Term>(words[i + 1]);
    }
    if (instruction.operation == Operation::real) {
      std::memcpy(&instruction.constant.real, &words[i + 1], sizeof instruction.constant.real);
      if (!std::isfinite(instruction.constant.real)) return false;
    }
    code_.push_back(instruction);
  }
  gives_real_ = reals[0];
  return depth == 1;
}

MetricValue Program::run(const MetricPacket& packet) const {
  // The place below the first value, and the one above the last: `left` and `right` are named before it is known whether they are used.
  MetricValue stack[deepest + 2];
  MetricValue* top = stack;
  for (const Instruction& instruction : code_) {
    // Of two operands the second is on top, and the first takes the result.
    if (shape_of(instruction.operation).operands == 2) top--;
    // Programs are checked when they are loaded: none takes more than it has put there. NOLINTNEXTLINE(clang-analyzer-security.ArrayBound)
    MetricValue& left = *top;
    const MetricValue& right = top[1];
    switch (instruction.operation) {
      case Operation::term: *++top = term_of(instruction.term, packet); break;
      case Operation::integer:
      case Operation::real: *++top = instruction.constant; break;
      case Operation::to_real: left.real = static_cast<double>(left.integer); break;
      case Operation::add: set_integer(left, right, [](int64_t a, int64_t b, int64_t* to) { return __builtin_add_overflow(a, b, to); }); break;
      case Operation::subtract: set_integer(left, right, [](int64_t a, int64_t b, int64_t* to) { return __builtin_sub_overflow(a, b, to); }); break;
      case Operation::multiply: set_integer(left, right, [](int64_t a, int64_t b, int64_t* to) { return __builtin_mul_overflow(a, b, to); }); break;
      case Operation::remainder: set_integer(left, right, remainder_of); break;
      case Operation::negate: left.known = !__builtin_sub_overflow(int64_t{0}, left.integer, &left.integer) && left.known; break;
      case Operation::absolute:
        if (left.integer < 0) left.known = !__builtin_sub_overflow(int64_t{0}, left.integer, &left.integer) && left.known;
        break;
      case Operation::add_real: set_real(left, right, left.real + right.real); break;
      case Operation::subtract_real: set_real(left, right, left.real - right.real); break;
      case Operation::multiply_real: set_real(left, right, left.real * right.real); break;
      case Operation::divide: set_real(left, right, right.real == 0 ? NAN : left.real / right.real); break;
      case Operation::remainder_real: set_real(left, right, std::fmod(left.real, right.real)); break;
      case Operation::negate_real: left.real = -left.real; break;
      case Operation::absolute_real: left.real = std::fabs(left.real); break;
      case Operation::equal: set_truth(left, right, left.integer == right.integer); break;
      case Operation::unequal: set_truth(left, right, left.integer != right.integer); break;
      case Operation::less: set_truth(left, right, left.integer < right.integer); break;
      case Operation::less_equal: set_truth(left, right, left.integer <= right.integer); break;
      case Operation::greater: set_truth(left, right, left.integer > right.integer); break;
      case Operation::greater_equal: set_truth(left, right, left.integer >= right.integer); break;
      case Operation::equal_real: set_truth(left, right, left.real == right.real); break;
      case Operation::unequal_real: set_truth(left, right, left.real != right.real); break;
      case Operation::less_real: set_truth(left, right, left.real < right.real); break;
      case Operation::less_equal_real: set_truth(left, right, left.real <= right.real); break;
      case Operation::greater_real: set_truth(left, right, left.real > right.real); break;
      case Operation::greater_equal_real: set_truth(left, right, left.real >= right.real); break;
      case Operation::both: join(left, right, 0); break;
      case Operation::either: join(left, right, 1); break;
      case Operation::opposite: left.integer = left.integer == 0 ? 1 : 0; break;
      case Operation::is_null:
      case Operation::is_null_real: left = integer_value(left.known ? 0 : 1); break;
      case Operation::count: break;
    }
  }
  return *top;
}

}  // namespace nfstream
