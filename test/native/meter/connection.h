// TCP connections written down as words, for the meter's tests.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/track/tcp/tcp_segment.h"
#include "meter/packets.h"

// A word is a segment, in upper case from the client (port 1000) and in lower case from the server (port 80), with the sequence
// numbers that it should have:
//   S SYN      H SYN and ACK   A ACK            D 100 bytes   K 100 bytes that end before the furthest (sent again, or late)
//   F FIN, ACK R RST           E the FIN again  W window 0    I FIN and RST   Q SYN and FIN   Z RST and ACK
// A gap of 100 bytes that were not captured is `_` from the client and `~` from the server, and `N` begins with other sequence
// numbers. Segments are 100 ms apart, and `+6` waits 6 seconds more.
class Connection : public TestBatch {
 public:
  explicit Connection(const std::string& words, uint32_t first_sequence = 1000, uint16_t client_port = 1000, uint16_t server_port = 80)
      : TestBatch({}), ports_{client_port, server_port}, next_{first_sequence, first_sequence + 4000}, start_{next_[0], next_[1]} {
    std::istringstream stream(words);
    for (std::string word; stream >> word;) take(word);
  }

  // One segment as it stands, at the time that has come.
  void segment(int from, uint8_t flags, uint32_t sequence, uint32_t acknowledged, uint32_t payload = 0, uint16_t window = 1000,
               const std::vector<uint8_t>& options = {}) {
    add({seconds, static_cast<uint8_t>(1 + from), static_cast<uint8_t>(2 - from), ports_[from], ports_[1 - from]});
    std::vector<uint8_t> header(20);
    const auto put32 = [&](size_t at, uint32_t value) {
      for (int i = 0; i < 4; i++) header[at + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
    };
    put32(4, sequence);
    put32(8, acknowledged);
    header[12] = static_cast<uint8_t>((20 + options.size()) / 4 << 4);
    header[13] = flags;
    header[14] = static_cast<uint8_t>(window >> 8);
    header[15] = static_cast<uint8_t>(window);
    header.insert(header.end(), options.begin(), options.end());
    data.insert(data.end(), header.begin(), header.end());
    nfstream::PacketRecord& record = records.back();
    record.l4_offset = 34;
    record.captured_length = static_cast<uint32_t>(34 + header.size());
    record.transport_header = static_cast<uint8_t>(header.size());
    record.payload_size = payload;
    record.wire_length = record.captured_length + payload;
    record.tcp_flags = flags;
    seconds += 0.1;
  }

  double seconds = 1;

 private:
  void take(const std::string& word) {
    using namespace nfstream;
    const char letter = word[0];
    if (letter == '+') {
      seconds += std::atof(word.c_str() + 1);
    } else if (letter == '_' || letter == '~') {
      next_[letter == '~'] += 100;
    } else if (letter == 'N') {
      for (int side = 0; side < 2; side++) next_[side] = start_[side] += 100000;
    } else {
      const int from = letter >= 'a';
      const uint32_t next = next_[from], peer = next_[1 - from];
      switch (from ? letter - 'a' + 'A' : letter) {
        case 'S': segment(from, tcp_syn, start_[from], 0); return advance(from, start_[from] + 1);
        case 'H': segment(from, tcp_syn | tcp_ack, start_[from], start_[1 - from] + 1); return advance(from, start_[from] + 1);
        case 'A': return segment(from, tcp_ack, next, peer);
        case 'D': segment(from, tcp_ack, next, peer, 100); return advance(from, next + 100);
        case 'K': return segment(from, tcp_ack, next - 100, peer, 100);
        case 'F': segment(from, tcp_fin | tcp_ack, next, peer); return advance(from, next + 1);
        case 'E': return segment(from, tcp_fin | tcp_ack, next - 1, peer);
        case 'R': return segment(from, tcp_rst, next, 0);
        case 'Z': return segment(from, tcp_rst | tcp_ack, next, peer);
        case 'W': return segment(from, tcp_ack, next, peer, 0, 0);
        case 'I': return segment(from, tcp_fin | tcp_rst, next, peer);
        case 'Q': return segment(from, tcp_syn | tcp_fin, next, peer);
        default: throw std::invalid_argument(word);
      }
    }
  }
  void advance(int from, uint32_t next) { next_[from] = next; }

  uint16_t ports_[2];
  uint32_t next_[2];
  uint32_t start_[2];
};
