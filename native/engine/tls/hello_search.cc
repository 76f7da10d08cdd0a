#include "engine/tls/hello_search.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/tls/client_hello.h"

namespace nfstream::tls {

namespace {

constexpr uint8_t client_hello = 1;                  // type of a handshake message
constexpr size_t message_header = 4;                 // its type and length
constexpr size_t most_closed = Reassembly::longest;  // bytes of datagrams
constexpr size_t longest_text = 255;                 // of what is kept; a longer name, which no host has, is told from behind as nDPI does

// Whether bytes may be the beginning of a record that begins with a ClientHello, as far as they go.
bool may_begin(Span bytes) {
  if (bytes.size > 0 && bytes.data[0] != handshake_record) return false;
  const auto fits = [&](size_t at, uint8_t least, uint8_t most) { return bytes.size <= at || (bytes.data[at] >= least && bytes.data[at] <= most); };
  return bytes.size > 0 && fits(1, 3, 3) && fits(2, 0, 4) && fits(5, client_hello, client_hello);
}

// The handshake's bytes in the records of a stream; false when it goes on with something else.
bool handshake_bytes(Span stream, std::vector<uint8_t>& bytes) {
  constexpr size_t record_header = 5;
  while (stream.size > 0) {
    if (stream.data[0] != handshake_record) return false;
    if (stream.size < record_header) return true;
    const Span inside = stream.from(3);
    const Span part = inside.from(2).first(ByteReader(inside).u16());
    bytes.insert(bytes.end(), part.data, part.data + part.size);
    stream = stream.from(record_header + ByteReader(inside).u16());
  }
  return true;
}

bool is_dtls_version(uint16_t version) { return version == 0xfeff || version == 0xfefd || version == 0x0100; }

}  // namespace

void HelloSearch::add(uint8_t protocol, int direction, Span transport, HelloOptions options) {
  if (holds_ == Holds::hello) return;
  with_ja4_ = options.with_ja4;
  if (protocol == tcp) add_tcp(direction, transport);
  if (protocol == udp) add_udp(direction, transport, options);
}

void HelloSearch::begin() {
  give_up();
  auto* work = new Work();
  work->beginnings = beginnings_;
  work_ = work;
  holds_ = Holds::work;
}

void HelloSearch::give_up() {
  if (holds_ != Holds::work) return;
  const Beginnings kept = work_->beginnings;
  delete work_;
  beginnings_ = kept;
  holds_ = Holds::beginnings;
}

void HelloSearch::release() {
  give_up();
  if (holds_ != Holds::hello) return;
  delete hello_;
  beginnings_ = Beginnings();
  holds_ = Holds::beginnings;
}

void HelloSearch::add_tcp(int direction, Span segment) {
  constexpr uint8_t syn = 2;
  constexpr size_t fixed = 20;  // bytes of a header without options
  if (segment.size < fixed) return;
  const uint32_t number = ByteReader(segment.from(4)).u32();
  const size_t header = size_t{segment.data[12]} / 16 * 4;
  if (header < fixed) return;
  if ((segment.data[13] & syn) != 0) {
    beginnings().number[direction] = number + 1;
    has_beginning_[direction] = true;
    return;
  }
  const Span payload = segment.from(header);
  if (payload.size == 0) return;
  if (holds_ != Holds::work && !begin_tcp(direction, number, payload)) return;
  if (work_->sender != direction) return;
  work_->stream.add(number - work_->origin, payload);
  check_records();
}

// A hello begins with a segment: the connection's first, whichever comes first, or any later one, since TLS may begin within a connection.
bool HelloSearch::begin_tcp(int direction, uint32_t number, Span payload) {
  uint32_t origin = number;
  bool begins = may_begin(payload);
  if (has_beginning_[direction]) {
    const uint32_t beginning = beginnings().number[direction];
    const uint32_t ahead = number - beginning;
    has_beginning_[direction] = false;
    if (ahead != 0 && ahead < Reassembly::longest) {
      origin = beginning;
      begins = true;
    }
  }
  if (!begins) return false;
  begin();
  work_->sender = direction;
  work_->origin = origin;
  return true;
}

void HelloSearch::check_records() {
  const Span stream = work_->stream.bytes();
  if (stream.size == 0) return;
  std::vector<uint8_t> bytes;
  if (!may_begin(stream) || !handshake_bytes(stream, bytes)) {
    give_up();
    return;
  }
  check_message({bytes.data(), bytes.size()}, Transport::tcp);
}

void HelloSearch::add_udp(int direction, Span datagram, HelloOptions options) {
  constexpr size_t udp_header = 8;
  const Span payload = datagram.from(udp_header);
  if (payload.size == 0) return;
  if (payload.data[0] == handshake_record) return add_dtls(direction, payload);
  if (!is_quic_initial(payload)) return;
  if (holds_ != Holds::work) begin();
  if (options.may_wait && work_->closed.size() + payload.size <= most_closed) return keep_closed(direction, payload);
  finish();
  open_initials(direction, payload);
}

void HelloSearch::keep_closed(int direction, Span datagram) {
  const auto size = static_cast<uint16_t>(datagram.size);
  work_->closed.insert(work_->closed.end(), {static_cast<uint8_t>(direction), static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)});
  work_->closed.insert(work_->closed.end(), datagram.data, datagram.data + datagram.size);
}

void HelloSearch::finish() {
  if (holds_ != Holds::work) return;
  const std::vector<uint8_t> closed = std::move(work_->closed);
  for (ByteReader reader({closed.data(), closed.size()}); !reader.done();) {
    const int direction = reader.u8();
    open_initials(direction, reader.sized16());
  }
}

void HelloSearch::open_initials(int direction, Span datagram) {
  if (holds_ == Holds::hello) return;
  if (holds_ != Holds::work) begin();
  is_quic_ |= work_->initials.add(direction, datagram, work_->stream);
  const Span stream = work_->stream.bytes();
  if (stream.size > 0) check_message(stream, Transport::quic);
}

// Several records may share a datagram, and a message may lie in fragments.
void HelloSearch::add_dtls(int direction, Span payload) {
  for (ByteReader records(payload); !records.done();) {
    const uint8_t type = records.u8();
    const bool known = is_dtls_version(records.u16());
    const uint16_t epoch = records.u16();
    records.take(6);  // number
    ByteReader record(records.sized16());
    if (!records.good() || type != handshake_record || !known || epoch != 0) return;
    const uint8_t message = record.u8();
    const uint32_t length = record.u24();
    const uint16_t number = record.u16();
    const uint32_t at = record.u24();
    const Span part = record.take(record.u24());
    if (!record.good() || message != client_hello || length > Reassembly::longest || at > length || part.size > length - at) continue;
    if (holds_ != Holds::work || work_->sender != direction || work_->origin != number || work_->length != length) {
      begin();
      work_->sender = direction;
      work_->origin = number;
      work_->length = length;
    }
    work_->stream.add(at, part);
    const Span body = work_->stream.bytes();
    if (body.size < length) continue;
    return read_hello(body, Transport::dtls);
  }
}

// The message as far as it is there.
void HelloSearch::check_message(Span message, Transport transport) {
  if (message.size == 0) return;
  ByteReader reader(message);
  const uint8_t type = reader.u8();
  const uint32_t length = reader.u24();
  if (type != client_hello || (reader.good() && length > Reassembly::longest - message_header)) return give_up();
  if (!reader.good() || reader.rest().size < length) return;
  read_hello(reader.rest().first(length), transport);
}

void HelloSearch::read_hello(Span body, Transport transport) {
  ClientHello hello;
  const bool read = parse_client_hello(body, transport == Transport::dtls, hello);
  give_up();
  if (!read) return;
  constexpr uint16_t tls_1_3 = 0x0304;
  const uint16_t version = transport == Transport::quic ? tls_1_3 : hello.version;
  const size_t before = hello.server_name.size() - std::min(hello.server_name.size(), longest_text);
  auto* found = new FoundHello{transport, version, hello.server_name.substr(before), hello.alpn.substr(0, longest_text),
                               with_ja4_ ? tls::ja4(hello, transport) : std::string()};
  hello_ = found;
  holds_ = Holds::hello;
}

}  // namespace nfstream::tls
