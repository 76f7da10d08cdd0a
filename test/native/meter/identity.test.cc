#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "meter/frames.h"
#include "meter/rows.h"

using namespace nfstream;
using namespace nfstream::test;

namespace {

std::string community_id(const std::string& source, const std::string& destination, unsigned protocol, const Bytes& transport, uint16_t seed) {
  FrameBatch batch;
  batch.add(1, between(source, destination, protocol, transport));
  MeterOptions options = options_with({"community_id"});
  options.format.community_id_seed = seed;
  const TextRows rows = rows_of(options, batch.view());
  REQUIRE(rows.size() == 1);
  return rows[0][0];
}

Bytes icmp(unsigned type, unsigned code) { return be16(type << 8 | code) + zeros(6); }
Bytes sctp(unsigned src, unsigned dst) { return be16(src) + be16(dst) + zeros(8); }

}  // namespace

TEST_CASE("Community IDs of the specification's vectors, without seed and with seed 1") {
  const struct {
    const char *source, *destination;
    unsigned protocol;
    Bytes transport;
    const char *id, *seeded;
  } cases[] = {
      {"128.232.110.120", "66.35.250.204", 6, tcp(34855, 80, {}), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
      {"66.35.250.204", "128.232.110.120", 6, tcp(80, 34855, {}), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
      {"10.0.0.1", "10.0.0.2", 6, tcp(10, 11569, {}), "1:SXBGMX1lBOwhhoDrZynfROxnhnM=", "1:HmBRGR+fUyXF4t8WEtal7Y0gEAo="},
      {"192.168.1.52", "8.8.8.8", 17, udp(54585, 53, {}), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
      {"8.8.8.8", "192.168.1.52", 17, udp(53, 54585, {}), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
      {"192.168.0.89", "192.168.0.1", 1, icmp(8, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
      {"192.168.0.1", "192.168.0.89", 1, icmp(0, 8), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
      {"192.168.0.1", "192.168.0.89", 1, icmp(0, 20), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
      {"192.168.0.89", "192.168.0.1", 1, icmp(20, 0), "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", "1:lCXHHxavE1Vq3oX9NH5ladQg02o="},
      {"192.168.0.89", "192.168.0.1", 1, icmp(20, 1), "1:tz/fHIDUHs19NkixVVoOZywde+I=", "1:Ie3wmFyxiEyikbsbcO03d2nh+PM="},
      {"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 58, icmp(135, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
      {"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 58, icmp(136, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
      {"3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da", 58, icmp(3, 0),
       "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=", "1:OlOWx9psIbBFi7lOCw/4MhlKR9M="},
      {"3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", 58, icmp(3, 0),
       "1:/OGBt9BN1ofenrmSPWYicpij2Vc=", "1:Ij4ZxnC87/MXzhOjvH2vHu7LRmE="},
      {"192.168.170.8", "192.168.170.56", 132, sctp(7, 80), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", "1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU="},
      {"192.168.170.56", "192.168.170.8", 132, sctp(80, 7), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", "1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU="},
      {"10.1.24.4", "10.1.12.1", 46, zeros(8), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=", "1:BK3BVW3U2eemuwVQVN3zd/GULno="},
      {"10.1.12.1", "10.1.24.4", 46, zeros(8), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=", "1:BK3BVW3U2eemuwVQVN3zd/GULno="},
  };
  for (const auto& one : cases) {
    CAPTURE(one.source);
    CAPTURE(one.protocol);
    CHECK(community_id(one.source, one.destination, one.protocol, one.transport, 0) == one.id);
    CHECK(community_id(one.source, one.destination, one.protocol, one.transport, 1) == one.seeded);
  }
}

namespace {

constexpr int64_t second = 1000000000;

struct Piece {
  std::string source, uid, connection, part;
};

// A connection with a packet every ten seconds, there and back, cut every 25 seconds.
std::vector<Piece> pieces(uint64_t source, unsigned port, size_t meters = 1, int64_t shift = 0) {
  FrameBatch batch;
  batch.source = source;
  for (int i = 0; i < 8; i++) {
    const bool back = i % 2 == 1;
    batch.add(i * 10 * second + shift,
              between(back ? "10.0.0.2" : "10.0.0.1", back ? "10.0.0.1" : "10.0.0.2", 17, back ? udp(53, port, {}) : udp(port, 53, {})));
  }
  MeterOptions options = options_with({"src_ip", "flow_uid", "connection_uid", "part"});
  options.active_timeout_ms = 25000;
  std::vector<Piece> all;
  for (const auto& row : rows_of(options, batch.view(), std::vector<Dissector*>(meters, nullptr))) all.push_back({row[0], row[1], row[2], row[3]});
  return all;
}

}  // namespace

TEST_CASE("pieces of a connection that the active timeout cut are linked") {
  const auto all = pieces(1, 4000);
  REQUIRE(all.size() == 3);
  CHECK(all[0].uid == all[0].connection);
  CHECK(all[0].uid.size() == 32);
  for (size_t i = 0; i < all.size(); i++) {
    CHECK(all[i].connection == all[0].uid);
    CHECK(all[i].part == std::to_string(i));
  }
  // The second piece begins with an answer, and is named in its own direction.
  CHECK(all[1].source == "10.0.0.2");
  CHECK(all[1].uid != all[0].uid);
  CHECK(all[2].uid != all[1].uid);
}

TEST_CASE("a uid is the same in every run, and another for another capture, key or time") {
  const auto first = pieces(1, 4000);
  for (const size_t meters : {1, 3}) {
    const auto again = pieces(1, 4000, meters);
    for (size_t i = 0; i < first.size(); i++) CHECK(again[i].uid == first[i].uid);
  }
  for (const auto& other : {pieces(2, 4000), pieces(1, 4001), pieces(1, 4000, 1, 1)}) {
    for (size_t i = 0; i < first.size(); i++) CHECK(other[i].uid != first[i].uid);
  }
}

TEST_CASE("an idle timeout ends the connection too") {
  FrameBatch batch;
  for (const int64_t at : {0, 10, 400}) batch.add(at * second, between("10.0.0.1", "10.0.0.2", 17, udp(4000, 53, {})));
  const TextRows rows = rows_of(options_with({"flow_uid", "connection_uid", "part"}), batch.view());
  REQUIRE(rows.size() == 2);
  CHECK(rows[1][0] == rows[1][1]);
  CHECK(rows[1][2] == "0");
}

TEST_CASE("a uid of merged packets counts the capture that the first one came from, and no record is believed") {
  const auto uid_of = [](const PacketBatchView& batch) { return rows_of(options_with({"flow_uid"}), batch).at(0).at(0); };
  FrameBatch batch;
  batch.add(second, between("10.0.0.1", "10.0.0.2", 17, udp(4000, 53, {})));
  batch.source = 7;
  const std::string seventh = uid_of(batch.view());
  batch.source = 8;
  const std::string eighth = uid_of(batch.view());
  CHECK(seventh != eighth);
  const uint64_t sources[] = {7, 8};
  const auto merged = [&](double place, uint32_t number_delta) {
    const PacketOrigin origins[] = {{0, 1, 24}, {place, 2, 84}};
    batch.records[0].number_delta = number_delta;
    PacketBatchView view = batch.view();
    view.source = 9;
    view.origins = origins;
    view.origin_count = 2;
    view.sources = sources;
    view.source_count = 2;
    return uid_of(view);
  };
  CHECK(merged(1, 0) == seventh);
  CHECK(merged(0, 1) == seventh);
  CHECK(merged(1, 1) == eighth);
  batch.source = 9;
  const std::string unknown = uid_of(batch.view());
  for (const double place : {2.0, -1.0, 1e300, -0.5, static_cast<double>(NAN)}) CHECK(merged(place, 1) == unknown);
  for (const uint32_t beyond : {2u, 0xffffffffu}) CHECK(merged(0, beyond) == unknown);
}
