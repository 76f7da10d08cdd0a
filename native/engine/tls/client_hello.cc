#include "engine/tls/client_hello.h"

namespace nfstream::tls {

namespace {

constexpr uint16_t signature_algorithms = 13;
constexpr uint16_t application_layer_protocol_negotiation = 16;
constexpr uint16_t supported_versions = 43;

std::vector<uint16_t> without_grease(Span numbers) {
  std::vector<uint16_t> values;
  values.reserve(numbers.size / 2);
  for (ByteReader reader(numbers); reader.rest().size >= 2;) {
    const uint16_t value = reader.u16();
    if (!is_grease(value)) values.push_back(value);
  }
  return values;
}

void read_extension(uint16_t type, Span body, ClientHello& hello) {
  ByteReader reader(body);
  switch (type) {
    case signature_algorithms: hello.signatures = without_grease(reader.sized16()); break;
    case supported_versions: hello.versions = without_grease(reader.sized8()); break;
    case application_layer_protocol_negotiation: {
      const Span first = ByteReader(reader.sized16()).sized8();
      if (first.size > 0) hello.first_alpn.assign(reinterpret_cast<const char*>(first.data), first.size);
      break;
    }
    default: break;
  }
}

}  // namespace

bool is_grease(uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

bool parse_client_hello(Span body, bool dtls, ClientHello& hello) {
  constexpr size_t random = 32;
  ByteReader reader(body);
  hello.version = reader.u16();
  reader.take(random);
  reader.sized8();  // session
  if (dtls) reader.sized8();  // cookie
  hello.ciphers = without_grease(reader.sized16());
  reader.sized8();  // compression methods
  if (!reader.good()) return false;
  if (reader.done()) return true;
  for (ByteReader extensions(reader.sized16()); !extensions.done();) {
    const uint16_t type = extensions.u16();
    const Span inside = extensions.sized16();
    if (!extensions.good()) return false;
    if (is_grease(type)) continue;
    hello.extensions.push_back(type);
    read_extension(type, inside, hello);
  }
  return reader.good();
}

}  // namespace nfstream::tls
