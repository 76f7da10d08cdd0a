#include "engine/tls/hello_search.h"

#include <cstring>
#include <string>
#include <vector>

#include "engine/tls/client_hello.h"

namespace nfstream::tls {

namespace {

constexpr uint8_t tcp = 6;
constexpr uint8_t udp = 17;
constexpr uint8_t handshake = 22;     // type of a record
constexpr uint8_t client_hello = 1;   // type of a handshake message
constexpr size_t message_header = 4;  // its type and length

// Whether bytes may be the beginning of a record that begins with a ClientHello, as far as they go.
bool may_begin(Span bytes) {
  const auto fits = [&](size_t at, uint8_t least, uint8_t most) { return bytes.size <= at || (bytes.data[at] >= least && bytes.data[at] <= most); };
  return bytes.size > 0 && fits(0, handshake, handshake) && fits(1, 3, 3) && fits(2, 0, 4) && fits(5, client_hello, client_hello);
}

// The handshake's bytes in the records of a stream; false when it goes on with something else.
bool handshake_bytes(Span stream, std::vector<uint8_t>& bytes) {
  constexpr size_t record_header = 5;
  while (stream.size > 0) {
    if (stream.data[0] != handshake) return false;
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

void HelloSearch::add(uint8_t protocol, Span transport) {
  if (fingerprint_ != nullptr) return;
  if (protocol == tcp) add_tcp(transport);
  if (protocol == udp) add_udp(transport);
}

void HelloSearch::begin() {
  give_up();
  work_ = new Work();
}

void HelloSearch::give_up() {
  delete work_;
  work_ = nullptr;
}

void HelloSearch::release() {
  give_up();
  delete[] fingerprint_;
  fingerprint_ = nullptr;
  length_ = 0;
}

void HelloSearch::add_tcp(Span segment) {
  constexpr uint8_t syn = 2;
  ByteReader reader(segment);
  const uint32_t sender = reader.u32();
  const uint32_t number = reader.u32();
  reader.u32();  // acknowledged
  const size_t header = size_t{reader.u8()} / 16 * 4;
  const bool begins = (reader.u8() & syn) != 0;
  if (!reader.good() || header < 20) return;
  if (begins) {
    Beginning& beginning = beginnings_[beginnings_[0].open && beginnings_[0].sender != sender ? 1 : 0];
    beginning = {sender, number + 1, true};
    return;
  }
  const Span payload = segment.from(header);
  if (payload.size == 0) return;
  if (work_ == nullptr && !begin_tcp(sender, number, payload)) return;
  if (work_->sender != sender) return;
  work_->stream.add(number - work_->origin, payload);
  check_records();
}

// A hello begins with a segment: the connection's first, whichever comes first, or any later one, since TLS may begin within a connection.
bool HelloSearch::begin_tcp(uint32_t sender, uint32_t number, Span payload) {
  uint32_t origin = number;
  bool begins = may_begin(payload);
  for (Beginning& beginning : beginnings_) {
    if (!beginning.open || beginning.sender != sender) continue;
    const uint32_t ahead = number - beginning.number;
    beginning.open = false;
    if (ahead == 0 || ahead >= Reassembly::longest) continue;
    origin = beginning.number;
    begins = true;
  }
  if (!begins) return false;
  begin();
  work_->sender = sender;
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

void HelloSearch::add_udp(Span datagram) {
  constexpr size_t udp_header = 8;
  const uint32_t sender = ByteReader(datagram).u32();
  const Span payload = datagram.from(udp_header);
  if (payload.size == 0) return;
  if (payload.data[0] == handshake) return add_dtls(sender, payload);
  if (!is_quic_initial(payload)) return;
  if (work_ == nullptr) begin();
  work_->initials.add(sender, payload, work_->stream);
  const Span stream = work_->stream.bytes();
  if (stream.size > 0) check_message(stream, Transport::quic);
}

// Several records may share a datagram, and a message may lie in fragments.
void HelloSearch::add_dtls(uint32_t sender, Span payload) {
  for (ByteReader records(payload); !records.done();) {
    const uint8_t type = records.u8();
    const bool known = is_dtls_version(records.u16());
    const uint16_t epoch = records.u16();
    records.take(6);  // number
    ByteReader record(records.sized16());
    if (!records.good() || type != handshake || !known || epoch != 0) return;
    const uint8_t message = record.u8();
    const uint32_t length = record.u24();
    const uint16_t number = record.u16();
    const uint32_t at = record.u24();
    const Span part = record.take(record.u24());
    if (!record.good() || message != client_hello || length > Reassembly::longest || at > length || part.size > length - at) continue;
    if (work_ == nullptr || work_->sender != sender || work_->origin != number || work_->length != length) {
      begin();
      work_->sender = sender;
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
  const std::string found = tls::ja4(hello, transport);
  fingerprint_ = new char[found.size()];
  std::memcpy(fingerprint_, found.data(), found.size());
  length_ = static_cast<uint32_t>(found.size());
}

}  // namespace nfstream::tls
