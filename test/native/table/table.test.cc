#include <doctest/doctest.h>

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
  CHECK(pool.bytes_held() == 104 * 16);  // the one spare slab
  const uint32_t again = pool.allocate();
  CHECK(pool.bytes_held() == 104 * 16);
  pool.release(again);
}

TEST_CASE("a slab pool survives random use") {
  SlabPool pool(16, 3);
  std::mt19937 random(1);
  std::map<uint32_t, uint64_t> live;
  for (int i = 0; i < 20000; i++) {
    if (live.empty() || random() % 100 < (i < 10000 ? 60 : 40)) {
      const uint32_t cell = pool.allocate();
      REQUIRE(live.count(cell) == 0);
      live[cell] = random();
      *static_cast<uint64_t*>(pool.at(cell)) = live[cell];
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
  table.touch(flows[0]);
  table.touch(flows[2]);
  table.touch(flows[2]);
  const uint32_t expected[] = {flows[1], flows[3], flows[0], flows[2]};
  for (uint32_t flow : expected) {
    CHECK(table.oldest() == flow);
    table.detach(flow);
    table.release(flow);
  }
  CHECK(table.oldest() == FlowTable::none);
  CHECK(table.size() == 0);
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
  CHECK(a.key.protocol() == 6);
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
