#include "engine/capture/record_parser.h"

#include <cstring>

#include "engine/decode/link.h"

namespace nfstream {

std::unique_ptr<RecordParser> make_parser(const uint8_t* magic, CaptureNotes* notes) {
  uint32_t value;
  std::memcpy(&value, magic, sizeof value);
  // A section header's block type reads the same in both byte orders.
  return value == magic_section ? make_pcapng_parser(notes) : make_pcap_parser(value);
}

const char* known_beginning(const uint8_t* bytes, size_t size) {
  for (const bool swapped : {false, true}) {
    const ByteOrder order{swapped};
    switch (order.u32(bytes)) {
      case magic_section:
        if (order.u32(bytes + 8) == magic_byte_order) return "pcapng";
        break;
      case magic_microseconds:
      case magic_nanoseconds:
      case magic_modified:
        // The version, and the accuracy of times, which every writer leaves 0.
        if (order.u16(bytes + 4) == 2 && order.u16(bytes + 6) <= 4 && (size < 16 || order.u32(bytes + 12) == 0)) return "pcap";
        break;
      default: break;
    }
  }
  return nullptr;
}

ParseResult RecordParser::another_capture(const char* format, uint64_t offset) {
  const std::string cut = "head -c " + std::to_string(offset) + " and tail -c +" + std::to_string(offset + 1);
  return damaged("ERR_NFSTREAM_CORRUPT",
                 std::string("Another capture (") + format + ") begins at byte offset " + std::to_string(offset) +
                     ", where a packet belongs; cut the captures apart there (" + cut +
                     " of what is uncompressed), or put them together with mergecap instead of cat.",
                 0, offset);
}

ParseResult RecordParser::corrupt(const std::string& text, uint64_t packet, uint64_t offset) {
  return damaged("ERR_NFSTREAM_CORRUPT", text + ", at byte offset " + std::to_string(offset) + ".", packet, offset);
}

ParseResult RecordParser::corrupt_packet(const std::string& what, uint64_t packet, uint64_t offset) {
  return corrupt("Packet " + std::to_string(packet) + " is corrupt: " + what, packet, offset);
}

bool RecordParser::truncated(const std::string& what, uint64_t packet, uint64_t offset) {
  damage_ = {"ERR_NFSTREAM_TRUNCATED", "The capture ends in the middle of " + what + ", which begins at byte offset " + std::to_string(offset) + ".", packet,
             offset};
  return false;
}

ParseResult RecordParser::filter_invalid(const BatchBuilder& batch, uint16_t link_type, uint64_t offset) {
  const std::string text = "The filter cannot be used on link type " + describe_link_type(link_type) + ": " + batch.filter().error() + ".";
  return damaged("ERR_NFSTREAM_FILTER", text, 0, offset);
}

std::string describe_link_type(uint32_t link_type) {
  const char* name = link_type_name(link_type);
  if (name == nullptr && link_type >= 147 && link_type <= 162) return std::to_string(link_type) + " (USER" + std::to_string(link_type - 147) + ")";
  return std::to_string(link_type) + (name == nullptr ? "" : " (" + std::string(name) + ")");
}

std::string undecodable(uint32_t link_type) {
  return describe_link_type(link_type) +
         ", which cannot be decoded. Ethernet, 802.11, Linux cooked, PPP, IP alone and others can: docs/captures.md lists them.";
}

}  // namespace nfstream
