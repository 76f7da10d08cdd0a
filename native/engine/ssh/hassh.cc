#include "engine/ssh/hassh.h"

#include <cstring>
#include <string>
#include <string_view>

#include "engine/tls/reassembly.h"

namespace nfstream::ssh {

namespace {

using tls::ByteReader;
using tls::Span;

constexpr size_t longest_line = 255;       // with its end (RFC 4253, 4.2)
constexpr size_t longest_preamble = 4096;  // of a server's lines before its version

bool begins_with(std::string_view line, std::string_view text) { return line.substr(0, text.size()) == text.substr(0, line.size()); }

// Takes the lines up to the version with its end.
Reading read_version(Span& stream) {
  for (size_t before = 0; before <= longest_preamble;) {
    const Span shown = stream.first(longest_line);
    const void* end = shown.size == 0 ? nullptr : std::memchr(shown.data, '\n', shown.size);
    const size_t size = end == nullptr ? shown.size : static_cast<size_t>(static_cast<const uint8_t*>(end) - shown.data) + 1;
    const std::string_view line(reinterpret_cast<const char*>(shown.data), size);
    const bool is_version = begins_with(line, "SSH-");
    if (is_version && !begins_with(line, "SSH-2.0-") && !begins_with(line, "SSH-1.99-")) return Reading::none;
    for (const char letter : line) {
      if (letter == '\0') return Reading::none;
    }
    if (end == nullptr) return size < longest_line ? Reading::unfinished : Reading::none;
    stream = stream.from(size);
    if (is_version) return Reading::found;
    before += size;
  }
  return Reading::none;
}

// The message's body: kinds of key exchange and host keys, then ciphers, MACs, compressions and languages to the server and to the client.
bool sum_up(Span body, Side side, Md5Digest& sum) {
  constexpr size_t cookie = 16;
  ByteReader reader(body);
  reader.take(cookie);
  Span lists[10];
  for (Span& list : lists) list = reader.take(reader.u32());
  if (!reader.good()) return false;
  std::string text;
  const size_t first = side == Side::client ? 2 : 3;
  for (const size_t number : {size_t{0}, first, first + 2, first + 4}) {
    if (number > 0) text += ';';
    text.append(reinterpret_cast<const char*>(lists[number].data), lists[number].size);
  }
  sum = md5(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return true;
}

}  // namespace

Reading read_hassh(Span stream, Side side, Md5Digest& sum) {
  constexpr uint8_t ignore = 2, debug = 4, key_exchange = 20;
  if (const Reading version = read_version(stream); version != Reading::found) return version;
  for (;;) {
    ByteReader reader(stream);
    const uint32_t length = reader.u32();
    if (!reader.good()) return Reading::unfinished;
    if (length > tls::Reassembly::longest) return Reading::none;
    ByteReader packet(reader.rest().first(length));
    const uint8_t padding = packet.u8();
    const uint8_t type = packet.u8();
    if (!packet.good()) return length < 2 ? Reading::none : Reading::unfinished;
    if (type != key_exchange && (type < ignore || type > debug)) return Reading::none;
    if (reader.rest().size < length) return Reading::unfinished;
    const size_t left = packet.rest().size;
    if (padding > left) return Reading::none;
    if (type == key_exchange) return sum_up(packet.rest().first(left - padding), side, sum) ? Reading::found : Reading::none;
    stream = reader.rest().from(length);
  }
}

}  // namespace nfstream::ssh
