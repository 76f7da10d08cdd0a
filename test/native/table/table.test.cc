#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "engine/table/flow_hash.h"
#include "engine/table/flow_table.h"

using namespace nfstream;

namespace {

FlowKey key_number(uint64_t number) {
  FlowKey key{};
  key.words[0] = number;
  key.words[4] = number * 7919;
  return key;
}

}  // namespace

TEST_CASE("a slab pool gives memory back when its slabs are empty") {
  SlabPool pool(100, 4);
  std::vector<uint32_t> cells;
  for (int i = 0; i < 1000; i++) cells.push_back(pool.allocate());
  CHECK(std::set<uint32_t>(cells.begin(), cells.end()).size() == 1000);
  CHECK(pool.live() == 1000);
  const size_t full = pool.bytes_held();
  CHECK(full >= 100 * 1000);
  for (size_t i = 0; i < cells.size(); i++) *static_cast<uint64_t*>(pool.at(cells[i])) = i;
  for (size_t i = 0; i < cells.size(); i++) REQUIRE(*static_cast<uint64_t*>(pool.at(cells[i])) == i);
  for (uint32_t cell : cells) pool.release(cell);
  CHECK(pool.live() == 0);
  CHECK(pool.bytes_held() == 0);
  const uint32_t again = pool.allocate();
  CHECK(pool.bytes_held() == 104);
  pool.release(again);
}

TEST_CASE("a large slab that is spare holds no more than a small one") {
  SlabPool pool(64, 16);
  std::vector<uint32_t> cells;
  for (int i = 0; i < 65536; i++) cells.push_back(pool.allocate());
  for (const uint32_t cell : cells) std::memset(pool.at(cell), 1, 64);
  for (const uint32_t cell : cells) pool.release(cell);
  CHECK_FALSE(pool.has(cells[0]));
  cells = {pool.allocate(), pool.allocate()};
  for (const uint32_t cell : cells) CHECK(*static_cast<uint64_t*>(pool.at(cell)) == 0);  // its pages were given back
}

TEST_CASE("a slab pool survives random use, also of cells that have a front") {
  SlabPool pool(16, 3, 24);
  std::mt19937 random(1);
  std::map<uint32_t, uint64_t> live;
  for (int i = 0; i < 20000; i++) {
    if (live.empty() || random() % 100 < (i < 10000 ? 60 : 40)) {
      const bool front = random() % 2 == 0;
      const uint32_t cell = pool.allocate(front);
      REQUIRE(live.count(cell) == 0);
      live[cell] = random();
      *static_cast<uint64_t*>(pool.at(cell)) = live[cell];
      if (front) std::memset(static_cast<uint8_t*>(pool.at(cell)) - 24, 0xff, 24);
    } else {
      const auto one = std::next(live.begin(), static_cast<long>(random() % std::min<size_t>(live.size(), 50)));
      REQUIRE(*static_cast<uint64_t*>(pool.at(one->first)) == one->second);
      pool.release(one->first);
      live.erase(one);
    }
  }
  CHECK(pool.live() == live.size());
}

TEST_CASE("the index finds what was inserted and forgets what was erased, through growth and shrinking") {
  FlowIndex index;
  const FlowHash hash;
  const size_t empty = index.bytes_held();
  const auto find = [&](uint64_t number) { return index.find(hash(key_number(number)), [&](uint32_t record) { return record == number; }); };
  for (uint64_t i = 0; i < 50000; i++) REQUIRE(index.insert(hash(key_number(i)), static_cast<uint32_t>(i)));
  for (uint64_t i = 0; i < 50000; i++) REQUIRE(find(i) == i);
  CHECK(find(50000) == FlowIndex::none);
  for (uint64_t i = 0; i < 50000; i += 2) index.erase(hash(key_number(i)), static_cast<uint32_t>(i));
  for (uint64_t i = 0; i < 50000; i++) REQUIRE(find(i) == (i % 2 == 0 ? FlowIndex::none : i));
  for (uint64_t i = 1; i < 50000; i += 2) index.erase(hash(key_number(i)), static_cast<uint32_t>(i));
  CHECK(index.size() == 0);
  CHECK(index.bytes_held() == empty);
}

TEST_CASE("two runs hash the same key differently") { CHECK(FlowHash()(key_number(1)) != FlowHash()(key_number(1))); }

TEST_CASE("erasing from a run of equal hashes keeps the others reachable") {
  FlowIndex index;
  for (uint32_t i = 0; i < 20; i++) REQUIRE(index.insert(0xffffffff, i));  // wraps around the end of the slots
  for (uint32_t gone = 0; gone < 20; gone += 3) index.erase(0xffffffff, gone);
  for (uint32_t i = 0; i < 20; i++) {
    CHECK(index.find(0xffffffff, [&](uint32_t record) { return record == i; }) == (i % 3 == 0 ? FlowIndex::none : i));
  }
}

TEST_CASE("the table's list is ordered by last packet") {
  FlowTable table;
  uint32_t flows[4];
  for (uint64_t i = 0; i < 4; i++) flows[i] = table.create(FlowHash()(key_number(i)), key_number(i));
  table.touch(flows[0], table.at(flows[0]));
  table.touch(flows[2], table.at(flows[2]));
  table.touch(flows[2], table.at(flows[2]));
  const uint32_t expected[] = {flows[1], flows[3], flows[0], flows[2]};
  for (uint32_t flow : expected) {
    CHECK(table.oldest() == flow);
    table.detach(flow);
    table.release(flow);
  }
  CHECK(table.oldest() == FlowTable::none);
  CHECK(table.size() == 0);
}

TEST_CASE("a record holds the whole key of either IP version") {
  std::mt19937_64 random(1);
  FlowTable table(8);
  const FlowHash hash;
  std::map<uint32_t, FlowKey> keys;
  for (int i = 0; i < 10000; i++) {
    FlowKey key{};
    const bool four = random() % 2 == 0;
    for (const size_t address : {0, 2}) {
      key.words[address] = four ? random() % 4 : random() % 2;
      if (!four) key.words[address + 1] = random() % 4;
    }
    key.words[4] = random() % 8 | uint64_t{four ? 4U : 6U} << 60;
    key.words[5] = random() % 2;
    FlowRecord* found = nullptr;
    const uint32_t known = table.find(hash(key), key, found);
    const auto same = std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.second == key; });
    REQUIRE((known == FlowTable::none) == (same == keys.end()));
    if (known != FlowTable::none) {
      REQUIRE(known == same->first);
      REQUIRE(found == &table.at(known));
      if (random() % 2 == 0) continue;
      table.detach(known);
      table.release(known);
      keys.erase(known);
      continue;
    }
    const uint32_t flow = table.create(hash(key), key);
    keys[flow] = key;
    const RecordKey& kept = table.at(flow).key;
    REQUIRE(kept.whole() == key);
    REQUIRE(kept.hash() == hash(key));
    REQUIRE(kept.is_to_itself() == (key.port(false) == key.port(true) && key.words[0] == key.words[2] && key.words[1] == key.words[3]));
    for (const bool larger : {false, true}) {
      REQUIRE(std::memcmp(kept.address(larger), &key.words[larger ? 2 : 0], four ? 4 : 16) == 0);
      REQUIRE(kept.port(larger) == key.port(larger));
    }
  }
  for (const auto& [flow, key] : keys) REQUIRE(table.at(flow).key.whole() == key);
}

TEST_CASE("a key is the same in both directions, and tells versions, ports and tunnels apart") {
  uint8_t forward[20] = {};
  uint8_t backward[20] = {};
  forward[15] = backward[19] = 1;  // 0.0.0.1
  forward[19] = backward[15] = 2;  // 0.0.0.2
  PacketRecord there{};
  there.set_ip_version(4);
  there.protocol = 6;
  there.src_port = 1000;
  there.dst_port = 80;
  PacketRecord back = there;
  back.src_port = 80;
  back.dst_port = 1000;
  const KeyedPacket a = key_of(there, forward);
  const KeyedPacket b = key_of(back, backward);
  CHECK(a.key == b.key);
  CHECK(a.sender_is_larger != b.sender_is_larger);
  CHECK(a.key.port(a.sender_is_larger) == 1000);
  CHECK(a.key.fields().protocol() == 6);
  CHECK(a.key.ip_version() == 4);

  std::vector<PacketRecord> others(6, there);
  others[0].src_port = 1001;
  others[1].protocol = 17;
  others[2].vlan_id = 5;
  others[3].tunnel_and_ip |= 1;
  others[4].tunnel_vni = 9;
  others[5].dst_port = 81;
  for (const PacketRecord& other : others) CHECK_FALSE(key_of(other, forward).key == a.key);
}
