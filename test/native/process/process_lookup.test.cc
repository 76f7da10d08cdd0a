#include "engine/process/process_lookup.h"

#include <doctest/doctest.h>

#include "process/sockets.h"

using namespace nfstream;
using namespace nfstream_test;

namespace {

constexpr std::chrono::milliseconds patience{10'000};

std::vector<ProcessAnswer> answers_to(ProcessLookup& lookup, ProcessLookup::Box& box, const std::vector<ProcessQuestion>& questions) {
  REQUIRE(lookup.ask(box, questions) == questions.size());
  lookup.settle(patience);
  std::vector<ProcessAnswer> answers;
  lookup.take(box, answers);
  return answers;
}

}  // namespace

TEST_CASE("every question gets one answer, in the box of who asked") {
  const Socket here(SOCK_DGRAM, {"127.0.0.1"});
  const SocketEnd known = end_between(17, {"127.0.0.1", here.port()}, {"127.0.0.1", 9});
  const SocketEnd foreign = end_between(17, {"198.51.100.1", 1}, {"198.51.100.2", 2});
  ProcessLookup::Box box;
  ProcessLookup::Box other;
  ProcessLookup lookup;
  std::vector<ProcessQuestion> questions;
  for (uint32_t i = 0; i < 500; i++) questions.push_back({i, i * 2, i % 2 == 0 ? known : foreign});
  REQUIRE(lookup.ask(other, {{7, 7, known}}) == 1);
  std::vector<ProcessAnswer> answers = answers_to(lookup, box, questions);
  REQUIRE(answers.size() == 500);
  for (const ProcessAnswer& answer : answers) {
    CHECK(answer.flow == answer.serial * 2);
    CHECK(answer.process.pid == (answer.serial % 2 == 0 ? ::getpid() : 0));
    CHECK(answer.process.name == (answer.serial % 2 == 0 ? "tests" : ""));
  }
  answers.clear();
  lookup.take(other, answers);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].serial == 7);
}

TEST_CASE("more questions than there is room for are not taken") {
  ProcessLookup::Box box;
  ProcessLookup lookup;
  const std::vector<ProcessQuestion> questions(200'000, ProcessQuestion{1, 1, end_between(17, {"198.51.100.1", 1}, {"198.51.100.2", 2})});
  const size_t taken = lookup.ask(box, questions);
  CHECK(taken >= 65'536);
  CHECK(taken < questions.size());
  lookup.settle(patience);
  std::vector<ProcessAnswer> answers;
  lookup.take(box, answers);
  CHECK(answers.size() == taken);
}

TEST_CASE("a lookup that is given up ends with questions in it") {
  ProcessLookup::Box box;
  for (int i = 0; i < 20; i++) {
    ProcessLookup lookup;
    lookup.ask(box, std::vector<ProcessQuestion>(1000, ProcessQuestion{1, 1, end_between(17, {"127.0.0.1", 1}, {"127.0.0.1", 2})}));
  }
}
