// pcapng: blocks in sections; each section has a byte order and interfaces of its own.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/capture/byte_order.h"
#include "engine/capture/capture_notes.h"
#include "engine/capture/record_parser.h"
#include "engine/capture/time_scale.h"
#include "engine/decode/link.h"

namespace nfstream {

namespace {

enum BlockType : uint32_t {
  section_header = magic_section,
  interface_description = 1,
  obsolete_packet = 2,
  simple_packet = 3,
  enhanced_packet = 6,
  decryption_secrets = 10,
};

constexpr size_t most_interfaces = 65536;

struct Interface {
  uint16_t link_type;
  bool link_supported;
  uint32_t snapshot_length;  // 0 for none
  TimeScale time;
};

// A block's frame: 8 bytes before its body, 4 behind it.
struct Block {
  uint32_t type;
  uint32_t length;       // all of it
  const uint8_t* bytes;  // from its first byte on
  size_t held;           // how many of them are here
};

uint32_t shortest_length(uint32_t type) {
  switch (type) {
    case section_header: return 28;
    case interface_description: return 20;
    case obsolete_packet:
    case enhanced_packet: return 32;
    case simple_packet: return 16;
    default: return 12;
  }
}

bool is_packet(uint32_t type) { return type == enhanced_packet || type == simple_packet || type == obsolete_packet; }

std::string in_bytes(uint64_t count) { return std::to_string(count) + " bytes"; }

class PcapngParser : public RecordParser {
 public:
  explicit PcapngParser(CaptureNotes* notes) : notes_(notes) {}

  ParseResult parse(Window& window, BatchBuilder& batch) override {
    for (;;) {
      if (in_block_ && !skip_rest(window)) return block_damaged_ ? ParseResult::damaged : ParseResult::need_more;
      if (window.size() < 12) return ParseResult::need_more;
      const ParseResult result = parse_block(window, batch);
      if (result != ParseResult::need_more || !progressed_) return result;
    }
  }

  bool finish(const Window& window, const BatchBuilder& batch) override {
    if (in_block_) return truncated("a block", 0, block_offset_);
    if (window.size() == 0) return true;
    if (window.size() >= 4 && is_packet(order_.u32(window.at()))) {
      return truncated("packet " + std::to_string(batch.next_number()), batch.next_number(), window.offset);
    }
    return truncated("a block", 0, window.offset);
  }

 private:
  // One block off the window's front; `progressed_` says whether it was all there.
  ParseResult parse_block(Window& window, BatchBuilder& batch) {
    progressed_ = false;
    Block block{order_.u32(window.at()), 0, window.at(), 0};
    if (block.type == section_header && !read_byte_order(window)) {
      return corrupt("A section header has no byte-order mark", 0, window.offset);
    }
    if (block.type != section_header) {
      if (const char* format = capture_beginning(window.at(), 12)) return another_capture(format, window.offset);
    }
    block.length = order_.u32(window.at() + 4);
    if (block.length < shortest_length(block.type) || block.length % 4 != 0) return impossible_block(block, batch, window);
    // What is of no interest passes by without being held.
    const size_t needed =
        is_packet(block.type) || block.type == section_header || block.type == interface_description ? std::min<size_t>(block.length, longest_held) : 8;
    if (window.size() < needed) return ParseResult::need_more;
    block.held = needed;
    if (needed == block.length && order_.u32(window.at() + needed - 4) != block.length)
      return lengths_differ(block, order_.u32(window.at() + needed - 4), batch.next_number(), window.offset);
    const ParseResult result = take(block, window, batch);
    if (result != ParseResult::need_more) return result;
    progressed_ = true;
    if (needed < block.length) {
      in_block_ = true;
      block_offset_ = window.offset;
      block_length_ = block.length;
      rest_ = block.length - static_cast<uint32_t>(needed) - 4;
      in_secrets_ = block.type == decryption_secrets && notes_ != nullptr && notes_->has_room_for_secrets(rest_);
    }
    window.consume(needed);
    return result;
  }

  // Passes over the rest of a block that was not held; true when its end was reached and is sound.
  bool skip_rest(Window& window) {
    const size_t now = std::min<size_t>(rest_, window.size());
    if (in_secrets_) secrets_.insert(secrets_.end(), window.at(), window.at() + now);
    window.consume(now);
    rest_ -= static_cast<uint32_t>(now);
    if (rest_ > 0 || window.size() < 4) return false;
    const uint32_t trailing = order_.u32(window.at());
    if (trailing != block_length_) {
      block_damaged_ = true;
      lengths_differ({0, block_length_, nullptr, 0}, trailing, 0, block_offset_);
      return false;
    }
    window.consume(4);
    in_block_ = false;
    if (in_secrets_) note_secrets();
    return true;
  }

  // Those that contradict their block's length decrypt nothing.
  void note_secrets() {
    constexpr size_t head = 8;
    const size_t length = secrets_.size() < head ? 0 : order_.u32(secrets_.data() + 4);
    if (length > 0 && length <= secrets_.size() - head)
      notes_->add_secrets({order_.u32(secrets_.data()), {secrets_.begin() + head, secrets_.begin() + head + static_cast<ptrdiff_t>(length)}});
    secrets_.clear();
    in_secrets_ = false;
  }

  ParseResult take(const Block& block, const Window& window, BatchBuilder& batch) {
    switch (block.type) {
      case section_header: return take_section(block, window);
      case interface_description: return take_interface(block, window, batch.next_number());
      case enhanced_packet: return take_packet(block, window, batch, order_.u32(block.bytes + 8));
      case obsolete_packet: return take_packet(block, window, batch, order_.u16(block.bytes + 8));
      case simple_packet: return take_simple_packet(block, window, batch);
      default: return ParseResult::need_more;
    }
  }

  bool read_byte_order(const Window& window) {
    for (const bool swapped : {false, true}) {
      if (ByteOrder{swapped}.u32(window.at() + 8) != magic_byte_order) continue;
      order_.swapped = swapped;
      return true;
    }
    return false;
  }

  ParseResult take_section(const Block& block, const Window& window) {
    const uint16_t major = order_.u16(block.bytes + 12);
    if (major != 1) return corrupt("A section is of pcapng version " + std::to_string(major) + ", and only version 1 is known", 0, window.offset);
    interfaces_.clear();
    return ParseResult::need_more;
  }

  ParseResult take_interface(const Block& block, const Window& window, uint64_t next_packet) {
    if (interfaces_.size() == most_interfaces) return corrupt("A section has more than " + std::to_string(most_interfaces) + " interfaces", 0, window.offset);
    constexpr uint16_t if_tsresol = 9, if_tsoffset = 14;
    const uint16_t link_type = order_.u16(block.bytes + 8);
    const uint32_t snapshot_length = order_.u32(block.bytes + 12);
    uint8_t resolution = 6;
    int64_t offset_s = 0;
    InterfaceNote note{next_packet, static_cast<uint16_t>(interfaces_.size()), snapshot_length, {}};
    const bool sound = for_each_option(block, [&](uint16_t code, const uint8_t* value, size_t length) {
      if (code == if_tsresol && length == 1) resolution = *value;
      if (code == if_tsoffset && length == 8) offset_s = static_cast<int64_t>(order_.u64(value));
      if (notes_ != nullptr) keep_option(note.options, code, value, length, order_);
    });
    if (!sound) return corrupt("An option of an interface runs over the end of its block", 0, window.offset);
    interfaces_.push_back({link_type, link_type_supported(link_type), snapshot_length, TimeScale(resolution, offset_s)});
    if (notes_ != nullptr) notes_->add_interface(std::move(note));
    return ParseResult::need_more;
  }

  // False when an option contradicts the block's length; options beyond what is held of a very long block are not looked at.
  template <typename Take>
  bool for_each_option(const Block& block, const Take& take) const {
    constexpr uint16_t end_of_options = 0;
    const size_t end = block.length - 4;
    for (size_t at = 16; at + 4 <= end && at + 4 <= block.held;) {
      const uint16_t code = order_.u16(block.bytes + at);
      const size_t length = order_.u16(block.bytes + at + 2);
      at += 4;
      if (code == end_of_options) return true;
      if (at + length > end) return false;
      if (at + length > block.held) return true;
      take(code, block.bytes + at, length);
      at += (length + 3) & ~size_t{3};
    }
    return true;
  }

  // Enhanced and obsolete packet blocks differ only in how they give the interface.
  ParseResult take_packet(const Block& block, const Window& window, BatchBuilder& batch, uint32_t interface_id) {
    if (interface_id >= interfaces_.size()) return no_interface(interface_id, batch, window);
    const uint32_t captured = order_.u32(block.bytes + 20);
    const uint64_t units = static_cast<uint64_t>(order_.u32(block.bytes + 12)) << 32 | order_.u32(block.bytes + 16);
    last_time_ns_ = interfaces_[interface_id].time.nanoseconds(units);
    return add(block, window, batch, interface_id, 28, captured, order_.u32(block.bytes + 24));
  }

  // A simple packet has no time: it gets that of the packet before it, so that the clock stands still.
  ParseResult take_simple_packet(const Block& block, const Window& window, BatchBuilder& batch) {
    if (interfaces_.empty()) return no_interface(0, batch, window);
    const uint32_t wire = order_.u32(block.bytes + 8);
    const uint32_t snapshot_length = interfaces_[0].snapshot_length;
    return add(block, window, batch, 0, 12, snapshot_length == 0 ? wire : std::min(wire, snapshot_length), wire);
  }

  ParseResult add(const Block& block, const Window& window, BatchBuilder& batch, uint32_t interface_id, uint32_t header, uint32_t captured, uint32_t wire) {
    if (captured > longest_packet || captured > block.length - header - 4) {
      return corrupt_packet("it claims " + in_bytes(captured) + " captured in a block of " + in_bytes(block.length), batch.next_number(), window.offset);
    }
    const Interface& interface = interfaces_[interface_id];
    CapturedPacket packet;
    packet.time_ns = last_time_ns_;
    packet.offset = window.offset;
    packet.data_offset = static_cast<uint32_t>(window.begin + header);
    packet.captured_length = captured;
    packet.wire_length = wire;
    packet.link_type = interface.link_type;
    packet.interface_id = static_cast<uint16_t>(interface_id);
    packet.time_resolution = interface.time.resolution();
    packet.link_supported = interface.link_supported;
    switch (batch.add(packet)) {
      case BatchBuilder::Added::full: return ParseResult::slab_full;
      case BatchBuilder::Added::filter_invalid: return filter_invalid(batch, interface.link_type, window.offset);
      case BatchBuilder::Added::yes: break;
    }
    return ParseResult::need_more;
  }

  ParseResult no_interface(uint32_t interface_id, const BatchBuilder& batch, const Window& window) {
    const std::string what = "it is of interface " + std::to_string(interface_id) + ", and its section has described " + std::to_string(interfaces_.size());
    return corrupt_packet(what, batch.next_number(), window.offset);
  }

  ParseResult impossible_block(const Block& block, const BatchBuilder& batch, const Window& window) {
    const std::string what = "the length of its block is " + in_bytes(block.length) +
                             (block.length % 4 != 0 ? ", which is no multiple of 4" : ", less than a block of its type has");
    if (is_packet(block.type)) return corrupt_packet(what, batch.next_number(), window.offset);
    return corrupt("A block is corrupt: " + what, 0, window.offset);
  }

  ParseResult lengths_differ(const Block& block, uint32_t trailing, uint64_t packet, uint64_t offset) {
    const std::string what = "its block says " + in_bytes(block.length) + " at its beginning and " + in_bytes(trailing) + " at its end";
    if (is_packet(block.type)) return corrupt_packet(what, packet, offset);
    return corrupt("A block is corrupt: " + what, 0, offset);
  }

  CaptureNotes* notes_;  // null where nobody asks for them
  ByteOrder order_;
  std::vector<Interface> interfaces_;
  int64_t last_time_ns_ = 0;
  bool progressed_ = false;
  // The block whose rest is passed over.
  bool in_block_ = false;
  bool block_damaged_ = false;
  uint32_t rest_ = 0;
  uint32_t block_length_ = 0;
  uint64_t block_offset_ = 0;
  // What was read of secrets that are noted.
  bool in_secrets_ = false;
  std::vector<uint8_t> secrets_;
};

}  // namespace

std::unique_ptr<RecordParser> make_pcapng_parser(CaptureNotes* notes) { return std::make_unique<PcapngParser>(notes); }

}  // namespace nfstream
