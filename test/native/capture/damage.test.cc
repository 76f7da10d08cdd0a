#include "capture/read_all.h"

using namespace nfstream_test;

namespace {

struct Case {
  const char* what;
  Bytes file;
  const char* code;
  const char* text;  // part of the sentence
  size_t packets = 0;
  uint64_t packet = 0;
  uint64_t offset = 0;
};

Bytes text(const std::string& characters) { return Bytes(characters.begin(), characters.end()); }

void check(const Case& c) {
  CAPTURE(c.what);
  for (const size_t piece : {SIZE_MAX, size_t{1}}) {
    const ReadCapture capture = read_all(c.file, "", piece);
    CHECK(capture.status == ReadStatus::damaged);
    CHECK(capture.damage.code == c.code);
    CHECK_MESSAGE(capture.damage.text.find(c.text) != std::string::npos, capture.damage.text);
    CHECK(capture.damage.text.back() == '.');
    CHECK(capture.packets.size() == c.packets);
    CHECK(capture.damage.packet == c.packet);
    CHECK(capture.damage.offset == c.offset);
  }
}

}  // namespace

TEST_CASE("damage: what is no capture") {
  const Case cases[] = {
      {"nothing", {}, "ERR_NFSTREAM_EMPTY_FILE", "not a single byte"},
      {"text", text("hello world\n"), "ERR_NFSTREAM_NOT_A_CAPTURE", "looks like text"},
      {"UTF-8",
       text("gr\xc3\xbc\xc3\x9f"
            "e\n"),
       "ERR_NFSTREAM_NOT_A_CAPTURE", "looks like text"},
      {"JSON", text(" {\"a\": 1}"), "ERR_NFSTREAM_NOT_A_CAPTURE", "JSON"},
      {"HTML", text("<!doctype html>"), "ERR_NFSTREAM_NOT_A_CAPTURE", "HTML"},
      {"ELF",
       text("\x7f"
            "ELF") +
           Bytes(20, 0),
       "ERR_NFSTREAM_NOT_A_CAPTURE", "ELF"},
      {"PNG", Bytes{0x89, 'P', 'N', 'G', 13, 10, 26, 10}, "ERR_NFSTREAM_NOT_A_CAPTURE", "PNG"},
      {"zip", Bytes{'P', 'K', 3, 4, 0, 0}, "ERR_NFSTREAM_NOT_A_CAPTURE", "zip"},
      {"snoop", text("snoop") + Bytes(11, 0), "ERR_NFSTREAM_NOT_A_CAPTURE", "snoop"},
      {"ERF", Bytes{1, 2, 3, 4, 0, 0, 0, 0x50, 2, 4, 0, 80, 0, 0, 0, 60, 0, 0, 9, 9}, "ERR_NFSTREAM_NOT_A_CAPTURE", "ERF"},
      {"noise", Bytes{0, 1, 2, 0xff, 9}, "ERR_NFSTREAM_NOT_A_CAPTURE", "the bytes 00 01 02 ff 09"},
      {"the beginning of a magic", Bytes{0xd4, 0xc3}, "ERR_NFSTREAM_NOT_A_CAPTURE", "d4 c3"},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("damage: pcap") {
  const Pcap pcap;
  const Bytes good = pcap.header() + pcap.record(1, 0, udp_frame());
  const Order le;
  Pcap user = pcap;
  user.link_type = 147;
  Pcap unknown = pcap;
  unknown.link_type = 999;
  const Case cases[] = {
      {"link type", user.header() + pcap.record(1, 0, udp_frame()), "ERR_NFSTREAM_LINK_TYPE", "147 (USER0)", 0, 0, 20},
      {"link type without a name", unknown.header(), "ERR_NFSTREAM_LINK_TYPE", "is 999, which", 0, 0, 20},
      {"header cut", Bytes(good.begin(), good.begin() + 20), "ERR_NFSTREAM_TRUNCATED", "middle of the file header", 0, 0, 0},
      {"record header cut", good + le.u32(1), "ERR_NFSTREAM_TRUNCATED", "middle of packet 2", 1, 2, good.size()},
      {"record cut", good + le.u32(1) + le.u32(0) + le.u32(60) + le.u32(60) + Bytes(59, 0), "ERR_NFSTREAM_TRUNCATED", "middle of packet 2", 1, 2, good.size()},
      {"length", good + le.u32(1) + le.u32(0) + le.u32(262145) + le.u32(60), "ERR_NFSTREAM_CORRUPT", "262145 captured bytes", 1, 2, good.size()},
      {"largest length", good + le.u32(1) + le.u32(0) + le.u32(UINT32_MAX) + le.u32(60), "ERR_NFSTREAM_CORRUPT", "Packet 2 is corrupt", 1, 2, good.size()},
  };
  for (const Case& c : cases) check(c);
  CHECK(read_all(user.header()).damage.text.find("docs/captures.md") != std::string::npos);
}

TEST_CASE("damage: captures put one after the other") {
  for (const bool big : {false, true}) {
    for (const uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du, 0xa1b2cd34u}) {
      for (const bool next_big : {false, true}) {
        CAPTURE(big);
        CAPTURE(magic);
        CAPTURE(next_big);
        const Pcap first{{big}, magic};
        const Bytes pcap = first.header() + first.record(1, 0, udp_frame()) + first.record(2, 0, udp_frame());
        const Pcapng ng{{big}};
        const Bytes pcapng = ng.section() + ng.interface() + ng.packet(0, 1, udp_frame()) + ng.packet(0, 2, udp_frame());
        for (const uint32_t next_magic : {0xa1b2c3d4u, 0xa1b23c4du, 0xa1b2cd34u}) {
          const Pcap next{{next_big}, next_magic};
          const Bytes whole = next.header() + next.record(1, 0, udp_frame());
          check({"pcap behind pcap", pcap + whole, "ERR_NFSTREAM_CORRUPT", "Another capture (pcap) begins at byte offset", 2, 0, pcap.size()});
          check({"no packet of it", pcap + next.header(), "ERR_NFSTREAM_CORRUPT", "Another capture (pcap) begins at byte offset", 2, 0, pcap.size()});
          check({"pcap behind pcapng", pcapng + whole, "ERR_NFSTREAM_CORRUPT", "Another capture (pcap) begins at byte offset", 2, 0, pcapng.size()});
        }
        const Pcapng next_ng{{next_big}};
        const Bytes section = next_ng.section() + next_ng.interface() + next_ng.packet(0, 1, udp_frame());
        check({"pcapng behind pcap", pcap + section, "ERR_NFSTREAM_CORRUPT", "Another capture (pcapng) begins at byte offset", 2, 0, pcap.size()});
        // Legal: a section of the same file.
        CHECK(read_all(pcapng + section).packets.size() == 3);
      }
    }
  }
  const Pcap pcap;
  const Bytes twice = pcap.header() + pcap.record(1, 0, udp_frame()) + pcap.header();
  CHECK(read_all(twice).damage.text ==
        "Another capture (pcap) begins at byte offset 86, where a packet belongs; cut the captures apart there (head -c 86 and tail -c +87 of "
        "what is uncompressed), or put them together with mergecap instead of cat.");
}

TEST_CASE("damage: a packet of the second at which a pcap header begins is a packet") {
  const Pcap pcap;
  // The version in the place of the microseconds, and lengths that a header has not.
  const Bytes frame = udp_frame();
  CHECK(read_all(pcap.header() + pcap.record(0xa1b2c3d4, 0x00040002, frame)).packets.size() == 1);
  CHECK(read_all(pcap.header() + pcap.record(0xa1b2c3d4, 1000, {}, 60)).packets.size() == 1);
}

TEST_CASE("damage: pcapng") {
  for (const bool big : {false, true}) {
    const Pcapng ng{{big}};
    const Order& o = ng.order;
    const Bytes good = ng.section() + ng.interface() + ng.packet(0, 1, udp_frame());
    const Bytes long_block = ng.block(0x99, Bytes(1 << 20, 1), -1, 5);
    const uint64_t at = good.size();
    const Case cases[] = {
        {"no byte-order mark", o.u32(0x0a0d0d0a) + o.u32(28) + Bytes(20, 0), "ERR_NFSTREAM_CORRUPT", "byte-order mark", 0, 0, 0},
        {"version 2", ng.block(0x0a0d0d0a, o.u32(0x1a2b3c4d) + o.u16(2) + o.u16(0) + o.u64(0)), "ERR_NFSTREAM_CORRUPT", "version 2", 0, 0, 0},
        {"length 8", good + ng.block(0x99, {}, 8), "ERR_NFSTREAM_CORRUPT", "8 bytes", 1, 0, at},
        {"length 0", good + ng.block(6, {}, 0), "ERR_NFSTREAM_CORRUPT", "0 bytes", 1, 2, at},
        {"length of 13", good + ng.block(0x99, Bytes(8, 0), 13), "ERR_NFSTREAM_CORRUPT", "no multiple of 4", 1, 0, at},
        {"short packet block", good + ng.block(6, Bytes(16, 0)), "ERR_NFSTREAM_CORRUPT", "28 bytes", 1, 2, at},
        {"trailing length", good + ng.block(0x99, Bytes(8, 0), -1, 24), "ERR_NFSTREAM_CORRUPT", "20 bytes at its beginning and 24 bytes at its end", 1, 0, at},
        {"trailing length of a packet", good + ng.block(6, o.u32(0) + o.u64(0) + o.u32(0) + o.u32(0), -1, 36), "ERR_NFSTREAM_CORRUPT", "Packet 2", 1, 2, at},
        {"trailing length of a long block", good + long_block, "ERR_NFSTREAM_CORRUPT", "5 bytes at its end", 1, 0, at},
        {"captured beyond the block", good + ng.block(6, o.u32(0) + o.u64(0) + o.u32(61) + o.u32(61) + Bytes(60, 0)), "ERR_NFSTREAM_CORRUPT",
         "61 bytes captured in a block of 92", 1, 2, at},
        {"captured impossible", good + ng.block(6, o.u32(0) + o.u64(0) + o.u32(UINT32_MAX) + o.u32(61)), "ERR_NFSTREAM_CORRUPT", "Packet 2", 1, 2, at},
        {"captured beyond a simple block", good + ng.simple_packet(Bytes(8, 0), 100), "ERR_NFSTREAM_CORRUPT", "100 bytes captured", 1, 2, at},
        {"unknown interface", good + ng.packet(1, 1, udp_frame()), "ERR_NFSTREAM_CORRUPT", "interface 1", 1, 2, at},
        {"no interface in the new section", good + ng.section() + ng.packet(0, 1, udp_frame()), "ERR_NFSTREAM_CORRUPT", "interface 0", 1, 2, at + 28},
        {"simple packet without interface", ng.section() + ng.simple_packet(Bytes(8, 0), 8), "ERR_NFSTREAM_CORRUPT", "interface 0", 0, 1, 28},
        {"option beyond its block", good + ng.interface(1, 0, o.u16(9) + o.u16(100) + Bytes(4, 0)), "ERR_NFSTREAM_CORRUPT", "option", 1, 0, at},
        {"block cut", good + o.u32(0x99) + o.u32(100) + Bytes(20, 0), "ERR_NFSTREAM_TRUNCATED", "middle of a block", 1, 0, at},
        {"packet block cut", good + o.u32(6) + o.u32(100) + Bytes(20, 0), "ERR_NFSTREAM_TRUNCATED", "middle of packet 2", 1, 2, at},
        {"all of unsupported links", ng.section() + ng.interface(147) + ng.packet(0, 1, udp_frame()), "ERR_NFSTREAM_LINK_TYPE", "147 (USER0)", 1, 0, 0},
    };
    for (const Case& c : cases) check(c);
  }
}

TEST_CASE("truncated at every byte, in single bytes: the same packets as far as they go") {
  const Pcap pcap;
  const Pcapng ng;
  struct Whole {
    Bytes file;
    std::vector<size_t> ends;   // of the packets
    std::vector<size_t> sound;  // lengths at which a capture may end
  };
  Whole wholes[2];
  Whole& p = wholes[0];
  p.file = pcap.header();
  p.sound = {p.file.size()};
  Whole& n = wholes[1];
  n.file = ng.section();
  n.sound = {n.file.size()};
  n.file = n.file + ng.interface();
  n.sound.push_back(n.file.size());
  for (uint16_t i = 1; i <= 3; i++) {
    p.file = p.file + pcap.record(i, i, udp_frame(i, i));
    n.file = n.file + ng.packet(0, i, udp_frame(i, i));
    for (Whole& whole : wholes) {
      whole.ends.push_back(whole.file.size());
      whole.sound.push_back(whole.file.size());
    }
  }
  for (const Whole& whole : wholes) {
    for (size_t length = 1; length <= whole.file.size(); length++) {
      CAPTURE(length);
      const Bytes cut(whole.file.begin(), whole.file.begin() + static_cast<long>(length));
      const ReadCapture bytewise = read_all(cut, "", 1), at_once = read_all(cut);
      const auto expected = static_cast<size_t>(std::count_if(whole.ends.begin(), whole.ends.end(), [&](size_t end) { return end <= length; }));
      REQUIRE(bytewise.packets.size() == expected);
      REQUIRE(at_once.packets.size() == expected);
      for (size_t i = 0; i < expected; i++) CHECK(bytewise.packets[i].record.src_port == i + 1);
      const bool sound = std::find(whole.sound.begin(), whole.sound.end(), length) != whole.sound.end();
      CHECK(bytewise.status == (sound ? ReadStatus::end : ReadStatus::damaged));
      CHECK(at_once.status == bytewise.status);
      CHECK(at_once.damage.text == bytewise.damage.text);
      if (!sound && length >= 4) CHECK(bytewise.damage.code == "ERR_NFSTREAM_TRUNCATED");
    }
  }
}
