// What an expression of a metric can ask of a packet.
#pragma once

#include <cstdint>

#include "engine/packet.h"
#include "engine/track/tcp/tcp_segment.h"

namespace nfstream {

// The numbers are the contract with JavaScript (lib/metrics/terms.ts): append only.
enum class Term : uint8_t {
  number,
  index,
  time,
  delta,
  direction,
  size,
  raw_size,
  ip_size,
  transport_size,
  payload_size,
  src_port,
  dst_port,
  protocol,
  vlan,
  tunnel,
  ip_version,
  ttl,
  window,
  fin,
  syn,
  rst,
  psh,
  ack,
  urg,
  ece,
  cwr,  // in the order of the header's bits
  count
};

// A packet that its flow's record counts already. Its IP header was captured.
struct MetricPacket {
  const PacketRecord& packet;
  const uint8_t* bytes;
  int direction;    // 0 source to destination, 1 back
  uint32_t size;    // as the accounting mode counts
  uint64_t number;  // among all packets that were fed, from 1
  uint64_t index;   // in its flow, from 1
  int64_t time;     // in the run's unit, and so is the gap to the flow's packet before it
  int64_t delta;
};

// A value of an expression: an integer or a real, as its place in the program says, or null.
struct MetricValue {
  union {
    int64_t integer;
    double real;
  };
  bool known;
};

inline MetricValue integer_value(int64_t integer, bool known = true) {
  MetricValue value;
  value.integer = integer;
  value.known = known;
  return value;
}

inline MetricValue real_value(double real, bool known = true) {
  MetricValue value;
  value.real = real;
  value.known = known;
  return value;
}

inline MetricValue window_of(const MetricPacket& of) {
  TcpSegment segment;
  if (!read_tcp_segment(of.packet, of.bytes, segment)) return integer_value(0, false);
  return integer_value(segment.window);
}

inline MetricValue term_of(Term term, const MetricPacket& of) {
  const PacketRecord& packet = of.packet;
  switch (term) {
    case Term::number: return integer_value(static_cast<int64_t>(of.number));
    case Term::index: return integer_value(static_cast<int64_t>(of.index));
    case Term::time: return integer_value(of.time);
    case Term::delta: return integer_value(of.delta);
    case Term::direction: return integer_value(of.direction);
    case Term::size: return integer_value(of.size);
    case Term::raw_size: return integer_value(packet.wire_length);
    case Term::ip_size: return integer_value(packet.ip_size);
    case Term::transport_size: return integer_value(packet.transport_size());
    case Term::payload_size: return integer_value(packet.payload_size);
    case Term::src_port: return integer_value(packet.src_port);
    case Term::dst_port: return integer_value(packet.dst_port);
    case Term::protocol: return integer_value(packet.protocol);
    case Term::vlan: return integer_value(packet.vlan_id);
    case Term::tunnel: return integer_value(packet.tunnel_id());
    case Term::ip_version: return integer_value(packet.ip_version());
    case Term::ttl: return integer_value(of.bytes[packet.l3_offset + (packet.ip_version() == 4 ? 8 : 7)]);
    case Term::window: return window_of(of);
    case Term::count: break;
    default: return integer_value(packet.tcp_flags >> (static_cast<unsigned>(term) - static_cast<unsigned>(Term::fin)) & 1);
  }
  return integer_value(0, false);
}

}  // namespace nfstream
