#include "engine/tls/client_hello.h"

#include <algorithm>

namespace nfstream::tls {

namespace {

constexpr uint16_t server_name = 0;
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

std::string text_of(Span bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

// The first name of a host, up to a zero byte, which no name has.
std::string host_in(Span names) {
  constexpr uint8_t host_name = 0;
  for (ByteReader reader(names); !reader.done();) {
    const uint8_t type = reader.u8();
    const Span name = reader.sized16();
    if (!reader.good()) break;
    if (type != host_name || name.size == 0) continue;
    std::string text = text_of(name);
    text.resize(std::min(text.size(), text.find('\0')));
    for (char& letter : text) {
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return text;
  }
  return {};
}

void read_protocols(Span list, ClientHello& hello) {
  std::string all;
  for (ByteReader reader(list); !reader.done();) {
    const bool first = reader.rest().size == list.size;
    const Span protocol = reader.sized8();
    if (!reader.good()) break;
    if (first) hello.first_alpn = text_of(protocol);
    else all += ',';
    all += text_of(protocol);
  }
  hello.alpn = all;
}

void read_extension(uint16_t type, Span body, ClientHello& hello) {
  ByteReader reader(body);
  switch (type) {
    case server_name: hello.server_name = host_in(reader.sized16()); break;
    case signature_algorithms: hello.signatures = without_grease(reader.sized16()); break;
    case supported_versions: hello.versions = without_grease(reader.sized8()); break;
    case application_layer_protocol_negotiation: read_protocols(reader.sized16(), hello); break;
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
  reader.sized8();            // session
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

std::string_view version_name(uint16_t version) {
  switch (version) {
    case 0x0300: return "SSLv3";
    case 0x0301: return "TLSv1";
    case 0x0302: return "TLSv1.1";
    case 0x0303: return "TLSv1.2";
    case 0x0304: return "TLSv1.3";
    case 0xfeff: return "DTLSv1.0";
    case 0xfefd: return "DTLSv1.2";
    case 0xfefc: return "DTLSv1.3";
    default: return {};
  }
}

}  // namespace nfstream::tls
