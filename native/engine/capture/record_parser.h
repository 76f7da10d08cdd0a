// What the file formats have in common: complete records are taken off the front of a window into the slab.
#pragma once

#include <memory>
#include <string>

#include "engine/capture/batch_builder.h"
#include "engine/capture/byte_order.h"
#include "engine/capture/capture_reader.h"

namespace nfstream {

// libpcap's limit for every link type that we decode: a longer "packet" is a damaged length.
constexpr uint32_t longest_packet = 262144;
// No more than this is ever needed at once.
constexpr size_t longest_held = 512 << 10;

// The first four bytes of a file, in the byte order of the machine that wrote it.
constexpr uint32_t magic_microseconds = 0xa1b2c3d4;
constexpr uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr uint32_t magic_modified = 0xa1b2cd34;  // Kuznetzov's, with interface, protocol and direction in each record
constexpr uint32_t magic_section = 0x0a0d0d0a;   // pcapng's, the same in both byte orders, of which the mark behind it tells
constexpr uint32_t magic_byte_order = 0x1a2b3c4d;

// The bytes of the slab that were read and not yet parsed.
struct Window {
  const uint8_t* slab = nullptr;
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;  // of `begin` in the capture

  size_t size() const { return end - begin; }
  const uint8_t* at() const { return slab + begin; }
  void consume(size_t bytes) {
    begin += bytes;
    offset += bytes;
  }
};

enum class ParseResult { need_more, slab_full, damaged };

class RecordParser {
 public:
  virtual ~RecordParser() = default;
  // Takes every complete record of the window.
  virtual ParseResult parse(Window& window, BatchBuilder& batch) = 0;
  // The capture has ended, and the window holds what parse() left. False when that is the beginning of a record.
  virtual bool finish(const Window& window, const BatchBuilder& batch) = 0;
  const Damage& damage() const { return damage_; }

 protected:
  ParseResult damaged(const char* code, std::string text, uint64_t packet, uint64_t offset) {
    damage_ = {code, std::move(text), packet, offset};
    return ParseResult::damaged;
  }
  // The text is one sentence without its full stop; the place is added.
  ParseResult corrupt(const std::string& text, uint64_t packet, uint64_t offset);
  ParseResult corrupt_packet(const std::string& what, uint64_t packet, uint64_t offset);
  bool truncated(const std::string& what, uint64_t packet, uint64_t offset);
  // Where a record belongs another file begins, of which `format` is the name.
  ParseResult another_capture(const char* format, uint64_t offset);
  ParseResult filter_invalid(const BatchBuilder& batch, uint16_t link_type, uint64_t offset);

 private:
  Damage damage_;
};

class CaptureNotes;

// Tells a capture by its first bytes, of which there are at least four: nullptr when they are those of neither format. The notes, where they are asked for,
// outlive the parser.
std::unique_ptr<RecordParser> make_parser(const uint8_t* magic, CaptureNotes* notes);
std::unique_ptr<RecordParser> make_pcap_parser(uint32_t magic);
std::unique_ptr<RecordParser> make_pcapng_parser(CaptureNotes* notes);

// The format of a file that begins with these bytes, of which there are 12 or more, beyond doubt; nullptr for none. `cat` puts such beginnings
// where a record belongs, and a pcap header reads like a record of no bytes from the year 2055.
const char* known_beginning(const uint8_t* bytes, size_t size);
inline const char* capture_beginning(const uint8_t* bytes, size_t size) {
  // Asked of every record.
  switch (ByteOrder{}.u32(bytes)) {
    case magic_section:
    case magic_microseconds:
    case swap_bytes(magic_microseconds):
    case magic_nanoseconds:
    case swap_bytes(magic_nanoseconds):
    case magic_modified:
    case swap_bytes(magic_modified): return known_beginning(bytes, size);
    default: return nullptr;
  }
}

// "147 (USER0)", and the same in the rest of a sentence that refuses it.
std::string describe_link_type(uint32_t link_type);
std::string undecodable(uint32_t link_type);

// What bytes that are no capture look like: a phrase such as "text" or "a PNG image".
std::string describe_content(const uint8_t* bytes, size_t size);

}  // namespace nfstream
