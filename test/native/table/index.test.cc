#include <doctest/doctest.h>

#include <new>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/table/flow_index.h"
#include "faults/failing_memory.h"

using namespace nfstream;

namespace {

// An index beside what it should hold.
class Checked {
 public:
  size_t size() const { return records_.size(); }
  size_t bytes_held() const { return index_.bytes_held(); }
  // One table has a power of two of bytes; two have it only for a moment, when some was given back.
  bool moves() const { return (bytes_held() & (bytes_held() - 1)) != 0; }

  bool insert(uint32_t hash) {
    const uint32_t record = free_.empty() ? static_cast<uint32_t>(hashes_.size()) : free_.back();
    if (!index_.insert(hash, record)) return false;
    if (free_.empty()) hashes_.push_back(hash);
    else free_.pop_back();
    hashes_[record] = hash;
    records_.push_back(record);
    by_hash_.emplace(hash, record);
    return true;
  }

  void go_on() { index_.go_on(); }

  // The record at a place among those that there are.
  void erase(size_t place) {
    const uint32_t record = records_[place];
    const auto [first, last] = by_hash_.equal_range(hashes_[record]);
    for (auto one = first; one != last; ++one) {
      if (one->second != record) continue;
      by_hash_.erase(one);
      break;
    }
    index_.erase(hashes_[record], record);
    REQUIRE(find(hashes_[record], record) == FlowIndex::none);
    free_.push_back(record);
    records_[place] = records_.back();
    records_.pop_back();
  }

  // Whether what has this hash is found, each of it, and nothing else.
  bool finds(uint32_t hash) const {
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto one = first; one != last; ++one) {
      if (find(hash, one->second) != one->second) return false;
    }
    const bool any = index_.find(hash, [&](uint32_t record) { return hashes_[record] == hash; }) != FlowIndex::none;
    return any == (first != last) && find(hash, free_.empty() ? FlowIndex::none : free_.back()) == FlowIndex::none;
  }
  bool finds_all() const {
    if (index_.size() != records_.size()) return false;
    for (const uint32_t record : records_) {
      if (find(hashes_[record], record) != record) return false;
    }
    return true;
  }

 private:
  uint32_t find(uint32_t hash, uint32_t record) const {
    return index_.find(hash, [&](uint32_t one) { return one == record; });
  }

  FlowIndex index_;
  std::vector<uint32_t> hashes_;   // by record
  std::vector<uint32_t> records_;  // that there are
  std::vector<uint32_t> free_;
  std::unordered_multimap<uint32_t, uint32_t> by_hash_;
};

// Some are the same, or differ in their highest bit only; the last places of a table are among them.
uint32_t draw(std::mt19937& random) {
  const uint32_t any = random();
  return any % 64 == 0 ? (any >> 31 << 31) - 1 - (any >> 8) % 8 : any;
}

void grow_to(Checked& index, size_t size, std::mt19937& random) {
  while (index.size() < size) REQUIRE(index.insert(random()));
}

}  // namespace

TEST_CASE("the index holds what a map holds, through many moves to larger and smaller tables, and in the middle of them") {
  std::mt19937 random(1);
  Checked index;
  const size_t empty = index.bytes_held();
  size_t in_move = 0;
  for (const size_t target : {30000U, 100U, 60000U, 20000U, 25000U, 3000U, 9000U, 0U}) {
    for (size_t i = 0; index.size() != target; i++) {
      const bool more = (index.size() < target) == (random() % 8 != 0);
      const uint32_t hash = draw(random);
      if (more || index.size() == 0) REQUIRE(index.insert(hash));
      else index.erase(random() % index.size());
      REQUIRE(index.finds(hash));
      REQUIRE(index.finds(draw(random)));
      if (i % 2000 != 0 && !(index.moves() && i % 100 == 0)) continue;
      in_move += index.moves();
      REQUIRE(index.finds_all());
    }
    REQUIRE(index.finds_all());
  }
  CHECK(in_move > 50);
  CHECK(index.bytes_held() == empty);
}

TEST_CASE("what comes to the end of the old table in a move, and goes on from its beginning, moves too") {
  std::mt19937 random(2);
  for (const uint32_t hash : {0xffffffffU, 0x7fffffffU, 0x7ffffffeU}) {
    Checked index;
    while (!index.moves()) REQUIRE(index.insert(random()));
    const size_t before = index.size();
    for (size_t i = 0; index.moves(); i++) {
      REQUIRE(index.insert(hash));
      REQUIRE(index.finds(hash));
      if (i % 3 == 2) index.erase(before + random() % (index.size() - before));
      REQUIRE(index.finds_all());
    }
    CHECK(index.size() > before + 25);
    while (index.size() > 0) {
      index.erase(index.size() - 1);
      REQUIRE(index.finds(hash));
    }
  }
}

TEST_CASE("in a move either table counts, and the old one's memory goes back in pieces") {
  constexpr size_t slots = 1 << 20;
  constexpr size_t bytes = slots * 8;
  std::mt19937 random(3);
  Checked index;
  grow_to(index, slots / 4 * 3, random);
  REQUIRE(index.bytes_held() == bytes);
  REQUIRE(index.insert(random()));
  CHECK(index.bytes_held() == 3 * bytes);
  size_t pieces = 0;
  for (size_t before = index.bytes_held(); index.moves(); before = index.bytes_held()) {
    REQUIRE(index.insert(random()));
    if (index.bytes_held() == before) continue;
    REQUIRE(index.bytes_held() < before);
    REQUIRE(before - index.bytes_held() <= (index.moves() ? 2 << 20 : 4 << 20));
    pieces++;
    REQUIRE(index.finds_all());
  }
  CHECK(pieces >= 3);
  CHECK(index.bytes_held() == 2 * bytes);
  CHECK(index.size() < slots / 4 * 3 + slots / 16);
  while (!index.moves()) index.erase(random() % index.size());
  CHECK(index.bytes_held() == 3 * bytes);
  while (index.bytes_held() != bytes && index.size() > slots / 8) index.erase(random() % index.size());
  CHECK(index.bytes_held() == bytes);
  CHECK(index.finds_all());
}

TEST_CASE("a move comes to its end while nothing is inserted or erased") {
  std::mt19937 random(5);
  Checked index;
  while (!index.moves()) REQUIRE(index.insert(random()));
  const size_t before = index.bytes_held();
  size_t steps = 0;
  for (; index.moves(); steps++) {
    index.go_on();
    REQUIRE(index.finds_all());
  }
  CHECK(steps > 20);
  CHECK(index.bytes_held() == before / 3 * 2);
  index.go_on();
  CHECK(index.finds_all());
}

TEST_CASE("an index without memory to grow or to shrink keeps what it has") {
  for (const bool later_too : {false, true}) {
    test::Failures failures;
    failures.later_too = later_too;
    const auto ends = test::fail_each_allocation(failures, [] {
      std::mt19937 random(4);
      try {
        Checked index;
        size_t refused = 0;
        for (const size_t target : {20000U, 100U, 14000U, 0U}) {
          while (index.size() < target && refused < 100) {
            const size_t held = index.bytes_held();
            if (index.insert(random())) continue;
            refused++;
            if (index.bytes_held() != held || !index.finds_all()) return std::string("lost");
          }
          while (index.size() > target) {
            index.erase(random() % index.size());
            if (index.size() % 500 == 0 && !index.finds_all()) return std::string("lost");
          }
          if (!index.finds_all()) return std::string("lost");
        }
        return std::string(refused == 0 ? "nothing refused" : refused == 1 ? "refused once" : "refused");
      } catch (const std::bad_alloc&) {
        return std::string("no index");
      }
    });
    CHECK(ends.ended.count("lost") == 0);
    CHECK(ends.ended.count("crash") == 0);
    CHECK(ends.ended.at("no index") == 1);
    CHECK(ends.ended.at(later_too ? "refused" : "refused once") >= 5);
    CHECK(ends.ended.at("nothing refused") >= (later_too ? 1 : 5));
  }
}
