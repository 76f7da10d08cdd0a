// What the file formats have in common: complete records are taken off the front of a window into the slab.
#pragma once

#include <memory>
#include <string>

#include "engine/capture/batch_builder.h"
#include "engine/capture/capture_reader.h"

namespace nfstream {

// libpcap's limit for every link type that we decode: a longer "packet" is a damaged length.
constexpr uint32_t longest_packet = 262144;
// No more than this is ever needed at once.
constexpr size_t longest_held = 512 << 10;

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
  ParseResult filter_invalid(const BatchBuilder& batch, uint16_t link_type, uint64_t offset);

 private:
  Damage damage_;
};

// Tells a capture by its first bytes, of which there are at least four: nullptr when they are those of neither format.
std::unique_ptr<RecordParser> make_parser(const uint8_t* magic);
std::unique_ptr<RecordParser> make_pcap_parser(uint32_t magic);
std::unique_ptr<RecordParser> make_pcapng_parser();

// "147 (USER0)", and all that can be decoded.
std::string describe_link_type(uint32_t link_type);
std::string supported_link_types();

// What bytes that are no capture look like: a phrase such as "text" or "a PNG image".
std::string describe_content(const uint8_t* bytes, size_t size);

}  // namespace nfstream
