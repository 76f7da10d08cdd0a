// Names of flows that other programs, other files and other runs share.
#include <cstring>

#include "engine/columns/column_table.h"
#include "engine/columns/format.h"
#include "engine/digest/sha1.h"

namespace nfstream {

namespace {

constexpr TrackSet needed = only(Track::identity);

// A message of ICMP or ICMPv6 whose answer has another type: both ends of the conversation are told apart by the pair of types.
uint8_t counterpart(uint8_t protocol, uint16_t type, bool& two_way) {
  static constexpr struct {
    uint8_t protocol, asks, answers;
  } pairs[] = {
      {1, 8, 0},      {1, 13, 14},    {1, 15, 16},    {1, 10, 9},     {1, 17, 18},  // echo, timestamp, information, router, mask
      {58, 128, 129}, {58, 133, 134}, {58, 135, 136}, {58, 130, 131}, {58, 139, 140}, {58, 144, 145},
  };
  two_way = true;
  for (const auto& pair : pairs) {
    if (pair.protocol != protocol) continue;
    if (pair.asks == type) return pair.answers;
    if (pair.answers == type) return pair.asks;
  }
  two_way = false;
  return 0;
}

// The endpoints and ports that Community ID counts.
struct Endpoints {
  uint16_t src_port;
  uint16_t dst_port;
  bool has_ports;
  bool one_way;
};

Endpoints endpoints_of(const FlowView& view) {
  const FlowRecord& flow = view.flow;
  const uint8_t protocol = flow.key.protocol();
  const Identity& identity = view.layout.identity(flow);
  if (protocol == 6 || protocol == 17) return {flow.key.port(flow.source_is_larger), flow.key.port(!flow.source_is_larger), true, false};
  if (!identity.has_ports) return {0, 0, false, false};
  if (protocol != 1 && protocol != 58) return {identity.ports[0], identity.ports[1], true, false};
  bool two_way;
  const uint8_t other = counterpart(protocol, identity.ports[0], two_way);
  return {identity.ports[0], two_way ? uint16_t{other} : identity.ports[1], true, !two_way};
}

void append_base64(std::string& out, const Sha1Digest& digest) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static_assert(std::tuple_size<Sha1Digest>::value % 3 == 2, "the last group has two bytes");
  char text[(std::tuple_size<Sha1Digest>::value + 1) / 3 * 4];
  char* to = text;
  for (size_t i = 0; i < digest.size(); i += 3, to += 4) {
    const uint32_t third = i + 2 < digest.size() ? digest[i + 2] : 0;
    const uint32_t group = uint32_t{digest[i]} << 16 | uint32_t{digest[i + 1]} << 8 | third;
    to[0] = digits[group >> 18];
    to[1] = digits[group >> 12 & 63];
    to[2] = digits[group >> 6 & 63];
    to[3] = i + 2 < digest.size() ? digits[group & 63] : '=';
  }
  out.append(text, sizeof text);
}

void community_id(const FlowView& view, int, std::string& out) {
  const FlowRecord& flow = view.flow;
  const size_t size = flow.key.address_size();
  const uint8_t* source = flow.key.address(flow.source_is_larger);
  const uint8_t* destination = flow.key.address(!flow.source_is_larger);
  Endpoints ends = endpoints_of(view);
  const int order = std::memcmp(source, destination, size);
  // The smaller endpoint stands first, unless what is sent has no answer.
  if (!ends.one_way && (order > 0 || (order == 0 && ends.src_port > ends.dst_port))) {
    std::swap(source, destination);
    std::swap(ends.src_port, ends.dst_port);
  }
  DigestBytes bytes;
  bytes.number(view.format.community_id_seed, 2);
  bytes.add(source, size);
  bytes.add(destination, size);
  bytes.number(flow.key.protocol(), 1);
  bytes.number(0, 1);
  if (ends.has_ports) {
    bytes.number(ends.src_port, 2);
    bytes.number(ends.dst_port, 2);
  }
  out.append("1:");
  append_base64(out, sha1(bytes.data(), bytes.size()));
}

}  // namespace

std::vector<Column> identity_columns() {
  return {
      text_column("community_id", community_id, 0, needed),
      text_column(
          "flow_uid", [](const FlowView& view, int, std::string& out) { append_hex(out, view.layout.identity(view.flow).uid, 16); }, 0, needed),
      text_column(
          "connection_uid", [](const FlowView& view, int, std::string& out) { append_hex(out, view.layout.identity(view.flow).connection_uid, 16); }, 0,
          needed),
      integer_column(
          "part", [](const FlowView& view, int) -> int64_t { return view.layout.identity(view.flow).part; }, 0, needed),
  };
}

}  // namespace nfstream
