#include "engine/ssh/hassh_search.h"

#include <cstring>

namespace nfstream::ssh {

using tls::ByteReader;
using tls::Reassembly;
using tls::Span;

void HasshSearch::add(int direction, Span segment) {
  constexpr uint8_t syn = 0x02, ack = 0x10;
  constexpr size_t fixed = 20;  // bytes of a header without options
  if (segment.size < fixed) return;
  const uint32_t number = ByteReader(segment.from(4)).u32();
  const size_t header = size_t{segment.data[12]} / 16 * 4;
  const uint8_t flags = segment.data[13];
  if (header < fixed) return;
  if ((flags & syn) != 0) {
    beginning_[direction] = number + 1;
    has_beginning_[direction] = true;
    has_client_ = true;
    client_ = ((flags & ack) != 0) != (direction != 0);
    return;
  }
  const Span payload = segment.from(header);
  if (payload.size == 0 || is_over_[direction]) return;
  if (work_[direction] == nullptr) begin(direction, number, payload);
  Work* work = work_[direction];
  if (work == nullptr) return;
  work->stream.add(number - work->origin, payload);
  const Side side = side_of(direction, segment);
  const Reading reading = read_hassh(work->stream.bytes(), side, sums_[static_cast<int>(side)]);
  if (reading == Reading::unfinished) return;
  found_[static_cast<int>(side)] |= reading == Reading::found;
  is_over_[direction] = true;
  give_up(direction);
}

// Without a SYN only a segment that begins with the version can be the first.
void HasshSearch::begin(int direction, uint32_t number, Span payload) {
  constexpr char version[] = "SSH-";
  const bool is_first = payload.size >= 4 && std::memcmp(payload.data, version, 4) == 0;
  if (!has_beginning_[direction] && !is_first) return;
  const uint32_t origin = has_beginning_[direction] ? beginning_[direction] : number;
  if (number - origin >= Reassembly::longest) return;
  work_[direction] = new Work{origin, {}};
}

// Without a SYN, the end on the port of SSH is the server, else the one that did not send first.
Side HasshSearch::side_of(int direction, Span segment) const {
  constexpr uint16_t ssh_port = 22;
  ByteReader ports(segment);
  const bool from_server = ports.u16() == ssh_port;
  const bool to_server = ports.u16() == ssh_port;
  if (has_client_) return (direction != 0) == client_ ? Side::client : Side::server;
  if (from_server != to_server) return from_server ? Side::server : Side::client;
  return direction == 0 ? Side::client : Side::server;
}

void HasshSearch::give_up(int direction) {
  delete work_[direction];
  work_[direction] = nullptr;
}

void HasshSearch::give_up() {
  give_up(0);
  give_up(1);
}

}  // namespace nfstream::ssh
