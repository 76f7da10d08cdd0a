// What one stage hands to the next: a slab of captured bytes and, beside it, one record a packet.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nfstream {

// Why a packet is in no flow. The numbers are part of the contract with JavaScript (lib/capture/ignore-reason.ts): append only.
enum class IgnoreReason : uint8_t {
  none = 0,
  link_type,       // the interface's link type is not one we read
  truncated,       // the capture ends inside a header that we need
  not_ip,          // ARP, LLDP, spanning tree, 802.11 management, ...
  malformed,       // a header contradicts itself (IHL < 5, lengths that do not add up)
  fragment,        // an IP fragment that is not the first
  no_next_header,  // bytes behind, or a fragment of, an IPv6 next header 59
  bad_checksum,    // a radio frame that its receiver marked as damaged (FCS)
  clock_step,      // its time lies too far ahead of the clock (only a meter says this)
  after_expire,    // a plugin has ended its flow, and wants no more of it (only a meter says this)
  duplicate,       // the same as one shortly before (only a source that looks for them says this)
  count
};

// The record's layout is shared with JavaScript (typings/native.d.ts, lib/capture/packet-record.ts); offsets are from `data_offset`.
struct PacketRecord {
  int64_t time_ns;           //  0  since the epoch
  uint32_t number_delta;     //  8  packet number in its file = the batch's first_number + this
  uint32_t offset_delta;     // 12  byte offset of the record in its file = the batch's first_offset + this
  uint32_t data_offset;      // 16  where the packet's captured bytes start in the slab
  uint32_t captured_length;  // 20
  uint32_t wire_length;      // 24  length of the frame on the wire
  uint32_t ip_size;          // 28  innermost IP packet with its header, as its header says
  uint32_t tunnel_vni;       // 32  network id of the innermost tunnel that has one, else 0
  uint16_t l3_offset;        // 36  innermost IP header
  uint16_t l4_offset;        // 38  transport header; 0 when it was not captured, and in a later fragment
  uint16_t src_port;         // 40
  uint16_t dst_port;         // 42
  uint32_t payload_size;     // 44  payload of TCP, UDP, ICMP, ICMPv6, by the headers; all of a later fragment's transport part
  uint16_t link_type;        // 48  LINKTYPE_ value of the capture's interface
  uint16_t vlan_id;          // 50  innermost 802.1Q tag, 0 without one
  uint16_t src_mac_offset;   // 52  no_mac when the link has none
  uint16_t dst_mac_offset;   // 54
  uint8_t protocol;          // 56  IP protocol after extension headers
  uint8_t tcp_flags;         // 57
  uint8_t transport_header;  // 58  bytes of the transport header: of TCP, UDP, ICMP, ICMPv6, as far as its IP packet has them
  uint8_t tunnel_and_ip;     // 59  the innermost tunnel (decode/tunnel_set.h) in the low four bits, the IP version, and later_fragment_flag
  uint8_t ignore_reason;     // 60  IgnoreReason
  uint8_t time_resolution;   // 61  as pcapng's if_tsresol: 6 = microseconds, 9 = nanoseconds, high bit = power of two
  uint16_t interface_id;     // 62  pcapng interface in its section, 0 for pcap

  // A fragment that has no transport header, and its ports from the first fragment.
  static constexpr uint8_t later_fragment_flag = 0x80;
  bool later_fragment() const { return tunnel_and_ip & later_fragment_flag; }
  uint8_t tunnel_id() const { return tunnel_and_ip & 0x0f; }
  // 4, 6, or 0 for a packet that is ignored.
  uint8_t ip_version() const { return tunnel_and_ip >> 4 & 0x07; }
  void set_ip_version(uint8_t version) { tunnel_and_ip = static_cast<uint8_t>((tunnel_and_ip & ~0x70) | (version & 0x07) << 4); }
  // Transport header and payload, by the headers.
  uint32_t transport_size() const { return transport_header + payload_size; }
};
static_assert(sizeof(PacketRecord) == 64, "the record's layout is shared with JavaScript");

constexpr uint16_t no_mac = 0xffff;

// Where a merged packet comes from. JavaScript reads these as three numbers a packet (lib/capture/packet-origins.ts).
struct PacketOrigin {
  double place;   // of its capture in the list
  double number;  // in its capture, from 1
  double offset;  // of its record in its capture
};
static_assert(sizeof(PacketOrigin) == 24, "the layout is shared with JavaScript");

// A stage's view of a batch. Nothing in it is trusted by the next stage: JavaScript may have written to it.
struct PacketBatchView {
  const uint8_t* data = nullptr;
  size_t data_size = 0;
  const PacketRecord* records = nullptr;
  size_t count = 0;
  uint64_t source = 0;  // a number for the name of the capture that it is of
  // Of packets that were merged, by their number_delta, and by place the numbers for the names of their captures.
  const PacketOrigin* origins = nullptr;
  size_t origin_count = 0;
  const uint64_t* sources = nullptr;
  size_t source_count = 0;

  uint64_t source_of(const PacketRecord& packet) const {
    if (packet.number_delta >= origin_count) return source;
    const double place = origins[packet.number_delta].place;
    return place >= 0 && place < static_cast<double>(source_count) ? sources[static_cast<size_t>(place)] : source;
  }
};

}  // namespace nfstream
