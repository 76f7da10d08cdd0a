#include "engine/live/fanout.h"

#include <pcap/pcap.h>

#include <deque>
#include <map>
#include <set>

#include "live/capturing.h"

using namespace nfstream_test;

namespace {

// What the program gives for a frame, as the kernel would compute it.
uint32_t number_of(const Bytes& frame, FrameHeader header = FrameHeader::ethernet) {
  std::vector<sock_filter> program = address_pair_program(header, 0);
  std::vector<bpf_insn> code;
  for (const sock_filter& each : program) code.push_back({each.code, each.jt, each.jf, each.k});
  REQUIRE(::bpf_validate(code.data(), static_cast<int>(code.size())) == 1);
  return ::bpf_filter(code.data(), frame.data(), static_cast<u_int>(frame.size()), static_cast<u_int>(frame.size()));
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const Bytes macs(12, 2);
const Bytes is_ipv4{0x08, 0x00}, is_ipv6{0x86, 0xdd}, is_arp{0x08, 0x06}, is_mpls{0x88, 0x47};
const Bytes tag{0x81, 0x00, 0x40, 0x07}, other_tag{0x81, 0x00, 0x00, 0x09}, service_tag{0x88, 0xa8, 0x60, 0x05}, old_tag{0x91, 0x00, 0x00, 0x05};
const Bytes a4{192, 0, 2, 1}, b4{192, 0, 2, 2}, c4{198, 51, 100, 9};
const Bytes a6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, b6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 2};

// `rest` is what packets between the same addresses differ in: fragments, ports, payload.
Bytes ipv4(const Bytes& from, const Bytes& to, uint8_t rest = 0) {
  return joined({{0x45, rest, 0, 60, rest, 3, static_cast<uint8_t>(rest & 0x3f), 9, 64, 17, rest, rest}, from, to, Bytes(20, rest)});
}
Bytes ipv6(const Bytes& from, const Bytes& to, uint8_t rest = 0) { return joined({{0x60, rest, rest, rest, 0, 20, 17, rest}, from, to, Bytes(20, rest)}); }
Bytes ethernet(const Bytes& type, const Bytes& ip, const Bytes& tags = {}) { return joined({macs, tags, type, ip}); }

}  // namespace

TEST_CASE("the number of a frame is that of its address pair") {
  const uint32_t pair4 = number_of(ethernet(is_ipv4, ipv4(a4, b4)));
  const uint32_t pair6 = number_of(ethernet(is_ipv6, ipv6(a6, b6)));
  struct Case {
    const char* what;
    Bytes frame;
    uint32_t number;
  };
  const Case cases[] = {
      {"IPv4, the other direction", ethernet(is_ipv4, ipv4(b4, a4)), pair4},
      {"IPv4, a fragment, other ports", ethernet(is_ipv4, ipv4(a4, b4, 0xf1)), pair4},
      {"IPv4, a fragment of the other direction", ethernet(is_ipv4, ipv4(b4, a4, 0x21)), pair4},
      {"IPv4 behind a tag", ethernet(is_ipv4, ipv4(a4, b4), tag), pair4},
      {"IPv4 behind another tag, the other direction", ethernet(is_ipv4, ipv4(b4, a4), other_tag), pair4},
      {"IPv4 behind two tags", ethernet(is_ipv4, ipv4(b4, a4), joined({service_tag, tag})), pair4},
      {"IPv4 behind two old tags", ethernet(is_ipv4, ipv4(a4, b4), joined({old_tag, tag})), pair4},
      {"IPv4 behind three tags", ethernet(is_ipv4, ipv4(a4, b4), joined({service_tag, tag, tag})), 0},
      {"IPv6, the other direction", ethernet(is_ipv6, ipv6(b6, a6)), pair6},
      {"IPv6, another flow label", ethernet(is_ipv6, ipv6(a6, b6, 0x77)), pair6},
      {"IPv6 behind two tags, the other direction", ethernet(is_ipv6, ipv6(b6, a6, 5), joined({tag, other_tag})), pair6},
      {"ARP", ethernet(is_arp, ipv4(a4, b4)), 0},
      {"MPLS", ethernet(is_mpls, ipv4(a4, b4)), 0},
      {"a tag and nothing behind it", joined({macs, {0x81, 0x00}}), 0},
      {"IPv4 that ends in its addresses", joined({macs, is_ipv4, Bytes(18, 0x45)}), 0},
      {"nothing", {}, 0},
  };
  CHECK(pair4 != 0);
  CHECK(pair6 != 0);
  CHECK(pair4 != pair6);
  for (const Case& each : cases) CHECK_MESSAGE(number_of(each.frame) == each.number, each.what);
}

TEST_CASE("the number of a packet without a link header") {
  CHECK(number_of(ipv4(a4, b4), FrameHeader::ip) == number_of(ethernet(is_ipv4, ipv4(b4, a4))));
  CHECK(number_of(ipv6(a6, b6), FrameHeader::ip) == number_of(ethernet(is_ipv6, ipv6(b6, a6))));
  CHECK(number_of({0x50, 0, 0, 0}, FrameHeader::ip) == 0);
}

TEST_CASE("address pairs are spread evenly") {
  for (const uint32_t readers : {2u, 3u, 8u}) {
    std::map<uint32_t, int> of_reader;
    for (int client = 0; client < 200; client++) {
      for (int server = 0; server < 20; server++) {
        const Bytes from{10, 0, 0, static_cast<uint8_t>(client)}, to{192, 0, 2, static_cast<uint8_t>(server * 7)};
        of_reader[number_of(ethernet(is_ipv4, ipv4(from, to))) % readers]++;
      }
    }
    CHECK(of_reader.size() == readers);
    for (const auto& [reader, pairs] : of_reader) CHECK(pairs * readers < 4000 * 1.3);
  }
}

namespace {

// Counts the packets of each address pair.
struct Counter : PacketTaker {
  bool take(const RingPacket& packet) override {
    // Tags that were taken off are put back behind the MAC addresses.
    const uint8_t* ip = packet.bytes + (packet.bytes[12] == 0x81 ? 18 : 14);
    const bool is_4 = ip[0] >> 4 == 4;
    std::string one(ip + (is_4 ? 12 : 8), ip + (is_4 ? 16 : 24)), other(ip + (is_4 ? 16 : 24), ip + (is_4 ? 20 : 40));
    if (other < one) std::swap(one, other);
    of_pair[one + other]++;
    count++;
    return true;
  }
  std::map<std::string, int> of_pair;
  int count = 0;
};

// 120 pairs, 4 packets of each. @returns how many were sent
int send_all(Network& network, const char* there, const char* back) {
  int sent = 0;
  for (int i = 0; i < 60; i++) {
    Bytes one4 = a4, one6 = a6;
    one4.back() = one6.back() = static_cast<uint8_t>(i);
    for (const Bytes& tags : {Bytes{}, tag}) {
      network.send(ethernet(is_ipv4, ipv4(one4, c4), tags), there);
      network.send(ethernet(is_ipv4, ipv4(c4, one4, 0x33), tags), back);
      network.send(ethernet(is_ipv6, ipv6(one6, b6), tags), there);
      network.send(ethernet(is_ipv6, ipv6(b6, one6, 0x33), tags), back);
      sent += 4;
    }
  }
  return sent;
}

}  // namespace

TEST_CASE("in the kernel each packet comes to one socket, and all of an address pair to the same one") {
  struct Case {
    const char *device, *there, *back;
  };
  // What is received, and with the pair of devices also what is sent.
  for (const Case& each : {Case{"lo", "lo", "lo"}, Case{"va", "vb", "vb"}, Case{"va", "vb", "va"}}) {
    in_network([&](Network& network) {
      if (each.device[0] == 'v' && !Network::add_pair()) {
        MESSAGE("not tried: it takes iproute2 to make a pair of devices");
        return;
      }
      LiveOptions options = options_for({each.device});
      options.readers = 3;
      Fanout fanout;
      std::deque<LiveDevice> devices;
      for (uint32_t i = 0; i < options.readers; i++) {
        send_all(network, each.there, each.back);  // comes to none: sockets that have not joined would see it too
        CHECK_FALSE(devices.emplace_back(each.device).join(options, fanout));
      }
      send_all(network, each.there, each.back);
      for (LiveDevice& device : devices) CHECK_FALSE(device.begin(options));
      const int sent = send_all(network, each.there, each.back);
      std::vector<Counter> counters(devices.size());
      const auto read_all = [&] {
        int got = 0;
        for (size_t i = 0; i < devices.size(); i++) {
          CHECK(devices[i].read(-1, counters[i]));
          got += counters[i].count;
        }
        return got;
      };
      for (int wait = 0; wait < 1000 && read_all() < sent; wait++) pause_ms(2);
      pause_ms(40);  // for what must not come
      CHECK(read_all() == sent);
      std::set<std::string> pairs;
      for (const Counter& counter : counters) {
        CHECK(counter.count > sent / 6);
        for (const auto& [pair, packets] : counter.of_pair) {
          CHECK(packets == 4);
          CHECK(pairs.insert(pair).second);
        }
      }
      CHECK(pairs.size() == 120);
    });
  }
}
