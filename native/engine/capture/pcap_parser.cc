// The classic format: a header, then records of a time, two lengths and the bytes.
#include <algorithm>
#include <utility>

#include "engine/capture/byte_order.h"
#include "engine/capture/record_parser.h"
#include "engine/decode/link.h"

namespace nfstream {

namespace {

constexpr size_t file_header_size = 24;

class PcapParser : public RecordParser {
 public:
  PcapParser(uint32_t magic, bool swapped)
      : order_{swapped}, record_header_(magic == magic_modified ? 24 : 16), ns_per_unit_(magic == magic_nanoseconds ? 1 : 1000) {}

  ParseResult parse(Window& window, BatchBuilder& batch) override {
    if (!header_read_) {
      if (window.size() < file_header_size) return ParseResult::need_more;
      const ParseResult result = read_header(window);
      if (result == ParseResult::damaged) return result;
    }
    while (window.size() >= record_header_) {
      const uint8_t* header = window.at();
      if (const char* format = capture_beginning(header, record_header_)) return another_capture(format, window.offset);
      auto [captured, wire] = lengths(header);
      if (captured > longest_packet) return impossible_length(captured, batch, window);
      if (window.size() < record_header_ + captured) break;
      CapturedPacket packet;
      // A fraction that no clock gives is read as libpcap reads it, with a sign.
      packet.time_ns = order_.u32(header) * int64_t{1'000'000'000} + static_cast<int32_t>(order_.u32(header + 4)) * ns_per_unit_;
      packet.offset = window.offset;
      packet.data_offset = static_cast<uint32_t>(window.begin + record_header_);
      packet.captured_length = captured;
      packet.wire_length = wire;
      packet.link_type = link_type_;
      packet.interface_id = 0;
      packet.time_resolution = ns_per_unit_ == 1 ? 9 : 6;
      packet.link_supported = true;
      const BatchBuilder::Added added = batch.add(packet);
      if (added == BatchBuilder::Added::full) return ParseResult::slab_full;
      if (added == BatchBuilder::Added::filter_invalid) return filter_invalid(batch, link_type_, window.offset);
      window.consume(record_header_ + captured);
    }
    return ParseResult::need_more;
  }

  bool finish(const Window& window, const BatchBuilder& batch) override {
    if (!header_read_) return truncated("the file header", 0, 0);
    if (window.size() == 0) return true;
    return truncated("packet " + std::to_string(batch.next_number()), batch.next_number(), window.offset);
  }

 private:
  ParseResult read_header(Window& window) {
    const uint8_t* header = window.at();
    const uint16_t major = order_.u16(header + 4), minor = order_.u16(header + 6);
    // Before version 2.3 the two lengths stood the other way round, and writers of 2.3 disagreed.
    lengths_swapped_ = major == 2 && minor < 3;
    lengths_ambiguous_ = major == 2 && minor == 3;
    // The upper half holds flags: the length of the frame check sequence.
    link_type_ = static_cast<uint16_t>(order_.u32(header + 20));
    if (!link_type_supported(link_type_)) {
      return damaged("ERR_NFSTREAM_LINK_TYPE", "The capture's link type is " + undecodable(link_type_), 0, 20);
    }
    window.consume(file_header_size);
    header_read_ = true;
    return ParseResult::need_more;
  }

  std::pair<uint32_t, uint32_t> lengths(const uint8_t* header) const {
    const uint32_t captured = order_.u32(header + 8), wire = order_.u32(header + 12);
    const bool other_way_round = lengths_swapped_ || (lengths_ambiguous_ && captured > wire);
    return other_way_round ? std::pair(wire, captured) : std::pair(captured, wire);
  }

  ParseResult impossible_length(uint32_t captured, const BatchBuilder& batch, const Window& window) {
    const std::string what = "it claims " + std::to_string(captured) + " captured bytes, and no packet has more than " + std::to_string(longest_packet);
    return corrupt_packet(what, batch.next_number(), window.offset);
  }

  ByteOrder order_;
  size_t record_header_;
  int64_t ns_per_unit_;
  uint16_t link_type_ = 0;
  bool header_read_ = false;
  bool lengths_swapped_ = false;
  bool lengths_ambiguous_ = false;
};

}  // namespace

std::unique_ptr<RecordParser> make_pcap_parser(uint32_t magic) {
  for (const bool swapped : {false, true}) {
    const uint32_t value = swapped ? swap_bytes(magic) : magic;
    if (value == magic_microseconds || value == magic_nanoseconds || value == magic_modified) return std::make_unique<PcapParser>(value, swapped);
  }
  return nullptr;
}

}  // namespace nfstream
