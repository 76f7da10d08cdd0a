#include "engine/live/fanout.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <iterator>

namespace nfstream {

namespace {

// Newer than some kernels, which pay no heed to it, and than their headers.
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

constexpr uint16_t load_word = BPF_LD | BPF_W | BPF_IND;
constexpr uint16_t load_half = BPF_LD | BPF_H | BPF_IND;
constexpr uint16_t load_byte = BPF_LD | BPF_B | BPF_IND;
constexpr uint16_t equals = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint32_t ethertypes_of_tags[] = {ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1};
// Both have the two addresses one behind the other.
constexpr uint32_t ipv4_addresses = 12, ipv4_words = 2, ipv6_addresses = 8, ipv6_words = 8;
// Spreads sums over all bits (2^32 / the golden ratio); the high ones are the good ones.
constexpr uint32_t spread = 0x9e3779b1;
enum Cell : uint32_t { sum_cell, offset_cell };

// Ends with the number of the addresses, which are that far behind X: their sum does not change with their order.
void add_addresses(std::vector<sock_filter>& program, uint32_t at, uint32_t words) {
  program.push_back(BPF_STMT(BPF_STX, offset_cell));
  program.push_back(BPF_STMT(load_word, at));
  for (uint32_t i = 1; i < words; i++) {
    program.push_back(BPF_STMT(BPF_ST, sum_cell));
    program.push_back(BPF_STMT(load_word, at + 4 * i));
    program.push_back(BPF_STMT(BPF_LDX | BPF_MEM, sum_cell));
    program.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0));
    program.push_back(BPF_STMT(BPF_LDX | BPF_MEM, offset_cell));
  }
  program.push_back(BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, spread));
  program.push_back(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16));
  program.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
}

// Adds 4 to X when A is the EtherType of a tag.
void skip_tag(std::vector<sock_filter>& program) {
  constexpr auto tags = static_cast<uint8_t>(std::size(ethertypes_of_tags));
  for (uint8_t i = 0; i < tags; i++) {
    const bool last = i + 1 == tags;
    program.push_back(BPF_JUMP(equals, ethertypes_of_tags[i], static_cast<uint8_t>(tags - 1 - i), static_cast<uint8_t>(last ? 3 : 0)));
  }
  program.push_back(BPF_STMT(BPF_MISC | BPF_TXA, 0));
  program.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 4));
  program.push_back(BPF_STMT(BPF_MISC | BPF_TAX, 0));
}

}  // namespace

std::vector<sock_filter> address_pair_program(FrameHeader header, uint32_t base) {
  std::vector<sock_filter> program{BPF_STMT(BPF_LDX | BPF_IMM, 0)};
  uint32_t first = base;
  uint32_t is_ipv4 = 4, is_ipv6 = 6;
  if (header == FrameHeader::ethernet) {
    const uint32_t type = base + 12;
    for (int tag = 0; tag < 2; tag++) {
      program.push_back(BPF_STMT(load_half, type));
      skip_tag(program);
    }
    program.push_back(BPF_STMT(load_half, type));
    first = base + ETH_HLEN;
    is_ipv4 = ETH_P_IP;
    is_ipv6 = ETH_P_IPV6;
  } else {
    program.push_back(BPF_STMT(load_byte, first));
    program.push_back(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4));
  }
  std::vector<sock_filter> ipv4, ipv6;
  add_addresses(ipv4, first + ipv4_addresses, ipv4_words);
  add_addresses(ipv6, first + ipv6_addresses, ipv6_words);
  program.push_back(BPF_JUMP(equals, is_ipv4, 0, static_cast<uint8_t>(ipv4.size())));
  program.insert(program.end(), ipv4.begin(), ipv4.end());
  program.push_back(BPF_JUMP(equals, is_ipv6, 0, static_cast<uint8_t>(ipv6.size())));
  program.insert(program.end(), ipv6.begin(), ipv6.end());
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

bool Fanout::join(int descriptor, FrameHeader header, bool ignore_outgoing) {
  const bool begins = !id_;
  // The number is the kernel's choice: one that no other program uses. Without the flag of a rollover a full ring drops, and counts, what is its own.
  const int kind = PACKET_FANOUT_CBPF | (begins ? PACKET_FANOUT_FLAG_UNIQUEID : 0) | (ignore_outgoing ? PACKET_FANOUT_FLAG_IGNORE_OUTGOING : 0);
  const int asked = id_.value_or(0) | kind << 16;
  if (::setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &asked, sizeof asked) != 0) return false;
  if (!begins) return true;
  int given = 0;
  socklen_t length = sizeof given;
  if (::getsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &given, &length) != 0) return false;
  id_ = static_cast<uint16_t>(given);
  // What comes in has lost its link header when it is shared out, and what goes out has it, so that offsets are from the headers.
  std::vector<sock_filter> code = address_pair_program(header, static_cast<uint32_t>(header == FrameHeader::ethernet ? SKF_LL_OFF : SKF_NET_OFF));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) == 0;
}

}  // namespace nfstream
