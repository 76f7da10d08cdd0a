#include "engine/tls/quic_initial.h"

#include <cstring>
#include <string>

#include "engine/tls/key_derivation.h"

namespace nfstream::tls {

struct QuicInitials::Version {
  uint32_t first;  // a range of version numbers
  uint32_t last;
  uint8_t initial_type;
  const char* label;  // what the names of keys begin with
  HmacSha256 salt;    // as a key
};

namespace {

constexpr size_t sample_size = 16;

// Adds the CRYPTO frames of an opened packet, up to the first frame that an Initial packet cannot have.
void add_frames(Span payload, Reassembly& stream) {
  constexpr uint64_t padding = 0, ping = 1, ack = 2, ack_with_ecn = 3, crypto = 6;
  ByteReader reader(payload);
  while (!reader.done() && reader.good()) {
    // Most of a packet's bytes.
    const Span rest = reader.rest();
    size_t padded = 0;
    while (padded < rest.size && rest.data[padded] == padding) padded++;
    reader.take(padded);
    if (reader.done()) return;
    const uint64_t type = reader.quic_number();
    if (type == padding || type == ping) continue;
    if (type == ack || type == ack_with_ecn) {
      reader.quic_number();  // largest
      reader.quic_number();  // delay
      const uint64_t ranges = reader.quic_number();
      reader.quic_number();  // first range
      for (uint64_t i = 0; i < ranges && reader.good(); i++) {
        reader.quic_number();
        reader.quic_number();
      }
      for (int i = 0; i < 3 && type == ack_with_ecn; i++) reader.quic_number();
    } else if (type == crypto) {
      const uint64_t at = reader.quic_number();
      const Span part = reader.take(reader.quic_number());
      if (reader.good()) stream.add(at, part);
    } else {
      return;
    }
  }
}

}  // namespace

const QuicInitials::Version* QuicInitials::version_of(uint32_t number) {
  const auto salted = [](const std::array<uint8_t, 20>& salt) { return HmacSha256({salt.data(), salt.size()}); };
  static const Version versions[] = {
      {0x00000001, 0x00000001, 0, "quic ",
       salted({0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a})},
      {0x6b3343cf, 0x6b3343cf, 1, "quicv2 ",
       salted({0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9})},
      // Drafts 23 to 28, 29 to 32, 33 and 34.
      {0xff000017, 0xff00001c, 0, "quic ",
       salted({0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02})},
      {0xff00001d, 0xff000020, 0, "quic ",
       salted({0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99})},
      {0xff000021, 0xff000022, 0, "quic ",
       salted({0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a})},
  };
  for (const Version& version : versions) {
    if (number >= version.first && number <= version.last) return &version;
  }
  return nullptr;
}

bool is_quic_initial(Span datagram) {
  // A long header with the fixed bit, of an IETF version: what QuicInitials::add() looks at more closely.
  if (datagram.size == 0 || (datagram.data[0] & 0xc0) != 0xc0) return false;
  ByteReader reader(datagram.from(1));
  const uint32_t version = reader.u32();
  return reader.good() && (version == 1 || version == 0x6b3343cf || version >> 8 == 0xff0000);
}

bool QuicInitials::add(int direction, Span datagram, Reassembly& stream) {
  if (keys_ != nullptr && direction != client_) return false;
  bool opened = false;
  // Several packets may share a datagram.
  while (datagram.size > 0) {
    ByteReader reader(datagram);
    const uint8_t first = reader.u8();
    const Version* version = version_of(reader.u32());
    if ((first & 0xc0) != 0xc0 || version == nullptr) break;
    Packet packet;
    packet.connection = reader.sized8();
    reader.sized8();  // source's id
    const bool initial = (first >> 4 & 3) == version->initial_type;
    if (initial) reader.take(reader.quic_number());  // token
    const uint64_t length = reader.quic_number();
    packet.number_at = datagram.size - reader.rest().size;
    reader.take(length);
    if (!reader.good()) break;
    packet.whole = datagram.first(datagram.size - reader.rest().size);
    if (initial) opened |= add_packet(direction, *version, packet, stream);
    datagram = reader.rest();
  }
  return opened;
}

bool QuicInitials::add_packet(int direction, const Version& version, const Packet& packet, Reassembly& stream) {
  std::vector<uint8_t> opened;
  if (keys_ == nullptr || !open(*keys_, packet, opened)) {
    // The first packet, or the first after the server asked for a retry with an id of its choice. A client's own choice has eight bytes or
    // more, and what a server sends to is often shorter.
    constexpr size_t shortest_choice = 8;
    if (keys_ == nullptr && packet.connection.size < shortest_choice) return false;
    // Keys cost more than all else that is done for a packet: a flow that only looks like QUIC does not get them again and again.
    constexpr unsigned most_failures = 8;
    if (failures_ >= most_failures) return false;
    const Keys keys = keys_of(version, packet.connection);
    if (!open(keys, packet, opened)) {
      failures_++;
      return false;
    }
    keys_ = std::make_unique<Keys>(keys);
    client_ = direction;
  }
  add_frames({opened.data(), opened.size()}, stream);
  return true;
}

QuicInitials::Keys QuicInitials::keys_of(const Version& version, Span connection) {
  const std::string label = version.label;
  const HmacSha256 initial(version.salt.of(connection));
  const HmacSha256 secret(expand_label(initial, "client in", 32));
  const Sha256Digest iv = expand_label(secret, label + "iv", 12);
  Keys keys{Aes128(expand_label(secret, label + "key", 16).data()), Aes128(expand_label(secret, label + "hp", 16).data()), {}};
  std::memcpy(keys.iv.data(), iv.data(), keys.iv.size());
  return keys;
}

bool QuicInitials::open(const Keys& keys, const Packet& packet, std::vector<uint8_t>& opened) {
  // The packet number has up to four bytes; the sample lies behind those.
  constexpr size_t longest_number = 4;
  if (packet.whole.size < packet.number_at + longest_number + sample_size) return false;
  Aes128::Block sample;
  std::memcpy(sample.data(), packet.whole.data + packet.number_at + longest_number, sample_size);
  const Aes128::Block mask = keys.header.encrypt(sample);
  std::vector<uint8_t> header(packet.whole.data, packet.whole.data + packet.number_at + longest_number);
  header[0] ^= mask[0] & 0x0f;
  const size_t number_size = size_t{header[0] & 3u} + 1;
  header.resize(packet.number_at + number_size);
  std::array<uint8_t, 12> nonce = keys.iv;
  for (size_t i = 0; i < number_size; i++) {
    header[packet.number_at + i] ^= mask[1 + i];
    nonce[nonce.size() - number_size + i] ^= header[packet.number_at + i];
  }
  return keys.packet.open_gcm(nonce, {header.data(), header.size()}, packet.whole.from(header.size()), opened);
}

}  // namespace nfstream::tls
