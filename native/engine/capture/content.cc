// Names for what people give us by mistake.
#include <cstring>
#include <string_view>

#include "engine/capture/record_parser.h"

namespace nfstream {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  const char* what;
};

constexpr Magic magics[] = {
    {"\x7f"
     "ELF"sv,
     "an ELF program"},
    {"\x89PNG"sv, "a PNG image"},
    {"\xff\xd8\xff"sv, "a JPEG image"},
    {"GIF8"sv, "a GIF image"},
    {"%PDF"sv, "a PDF document"},
    {"PK\x03\x04"sv, "a zip archive"},
    {"7z\xbc\xaf"sv, "a 7z archive"},
    {"Rar!"sv, "a RAR archive"},
    {"BZh"sv, "bzip2 data"},
    {"\xfd"
     "7zXZ"sv,
     "xz data"},
    {"\x04\x22\x4d\x18"sv, "lz4 data"},
    {"\x1f\x8b"sv, "gzip data"},
    {"\x28\xb5\x2f\xfd"sv, "zstd data"},
    {"snoop\0\0\0"sv, "a snoop capture (editcap of Wireshark converts it)"},
    {"XCP\0"sv, "a NetXRay capture (editcap of Wireshark converts it)"},
    {"TRSNIFF data"sv, "a Sniffer capture (editcap of Wireshark converts it)"},
    {"RTSS"sv, "a Network Monitor capture (editcap of Wireshark converts it)"},
    {"GMBU"sv, "a Network Monitor capture (editcap of Wireshark converts it)"},
    {"btsnoop\0"sv, "a Bluetooth capture"},
    {"SQLite format 3"sv, "an SQLite database"},
    {"ARROW1"sv, "an Arrow file"},
    {"PAR1"sv, "a Parquet file"},
};

bool begins_with(std::string_view content, std::string_view magic) { return content.substr(0, magic.size()) == magic; }

// UTF-8 without control characters; a character that the end of `content` cuts is let pass.
bool is_text(std::string_view content) {
  unsigned following = 0;
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xc0) == 0x80;
    if (continues != (following > 0)) return false;
    if (continues) following--;
    else if (byte >= 0xf5 || byte == 0xc0 || byte == 0xc1 || byte == 0x7f) return false;
    else if (byte >= 0xc2) following = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    else if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') return false;
  }
  return true;
}

// An ERF record: time (8), type, flags, length of the record (2, big-endian), loss (2), length on the wire (2).
bool is_erf(const uint8_t* bytes, size_t size) {
  if (size < 18) return false;
  const unsigned type = bytes[8] & 0x7f, length = bytes[10] << 8 | bytes[11], wire = bytes[14] << 8 | bytes[15];
  // The upper half of the time is in seconds, little-endian: 2001 to 2106.
  return type >= 1 && type <= 48 && length >= 18 && wire > 0 && wire < length + 65000u && bytes[7] >= 0x3a && length < 10000;
}

std::string hex(const uint8_t* bytes, size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; i++) {
    if (i > 0) text += ' ';
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

std::string describe_content(const uint8_t* bytes, size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(bytes), size < 256 ? size : 256);
  for (const Magic& magic : magics) {
    if (begins_with(content, magic.bytes)) return magic.what;
  }
  if (is_text(content)) {
    const size_t first = content.find_first_not_of(" \t\r\n");
    const char begin = first == std::string_view::npos ? ' ' : content[first];
    if (begin == '{' || begin == '[') return "JSON";
    return begin == '<' ? "HTML or XML" : "text";
  }
  if (is_erf(bytes, size)) return "an ERF capture (editcap of Wireshark converts it)";
  return "data that begin with the bytes " + hex(bytes, size < 8 ? size : 8);
}

}  // namespace nfstream
