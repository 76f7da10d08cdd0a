#include "engine/columns/syn_text.h"

namespace nfstream {

namespace {

constexpr uint8_t end_of_options = 0, no_operation = 1, maximum_segment_size = 2, window_scale = 3;

// IANA's numbers, tcpdump's names; null for one that has none.
const char* name_of(uint8_t kind) {
  switch (kind) {
    case end_of_options: return "eol";
    case no_operation: return "nop";
    case maximum_segment_size: return "mss";
    case window_scale: return "wscale";
    case 4: return "sackOK";
    case 5: return "sack";
    case 8: return "TS";
    case 19: return "md5";
    case 28: return "uto";
    case 29: return "tcp-ao";
    case 30: return "mptcp";
    case 34: return "tfo";
    default: return nullptr;
  }
}

void append_name(std::string& out, uint8_t kind) {
  if (!out.empty()) out += ';';
  const char* name = name_of(kind);
  if (name != nullptr) out += name;
  else out.append("kind ").append(std::to_string(kind));
}

}  // namespace

void append_tcp_options(std::string& out, const uint8_t* options, size_t size) {
  std::string text;
  for (size_t at = 0; at < size;) {
    const uint8_t kind = options[at];
    if (kind == end_of_options || kind == no_operation) {
      append_name(text, kind);
      if (kind == end_of_options) break;
      at++;
      continue;
    }
    if (at + 2 > size) break;
    const size_t length = options[at + 1];
    if (length < 2 || at + length > size) break;
    append_name(text, kind);
    if (kind == maximum_segment_size && length == 4) text.append(" ").append(std::to_string(options[at + 2] << 8 | options[at + 3]));
    if (kind == window_scale && length == 3) text.append(" ").append(std::to_string(options[at + 2]));
    at += length;
  }
  out += text;
}

}  // namespace nfstream
