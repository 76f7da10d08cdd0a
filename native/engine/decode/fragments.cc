#include "engine/decode/fragments.h"

#include <cstring>

#include "engine/decode/transport.h"

namespace nfstream {

namespace {

// Source, destination, identification and, in IPv4, the protocol (RFC 791, 3.2; RFC 8200, 4.5), in one VLAN and tunnel.
FlowKey key_of_fragments(const Frame& frame, const IpHeader& ip, const PacketRecord& record) {
  const bool v4 = ip.version == 4;
  const uint32_t address_size = v4 ? 4 : 16;
  const uint32_t addresses = ip.offset + (v4 ? 12 : 8);
  const uint32_t identification = v4 ? frame.be16(ip.offset + 4) : frame.be32(ip.fragment_offset + 4);
  const uint8_t protocol = v4 ? ip.protocol : 0;
  FlowKey key{};
  std::memcpy(&key.words[0], frame.bytes + addresses, address_size);
  std::memcpy(&key.words[2], frame.bytes + addresses + address_size, address_size);
  key.words[4] = identification | uint64_t{frame.vlan_id} << 32 | uint64_t{protocol} << 48 | uint64_t{record.tunnel_id()} << 56 | uint64_t{ip.version} << 60;
  key.words[5] = record.tunnel_vni;
  return key;
}

}  // namespace

void note_first_fragment(const Frame& frame, const IpHeader& ip, FragmentTable& table, const PacketRecord& record) {
  table.note(key_of_fragments(frame, ip, record), record.time_ns, {record.src_port, record.dst_port, record.protocol});
}

bool join_first_fragment(const Frame& frame, const IpHeader& ip, const FragmentTable& table, PacketRecord& record) {
  const FirstFragment* first = table.find(key_of_fragments(frame, ip, record), record.time_ns);
  if (first == nullptr) return false;
  record.ip_size = ip.size;
  record.l3_offset = static_cast<uint16_t>(ip.offset);
  record.src_port = first->src_port;
  record.dst_port = first->dst_port;
  record.payload_size = ip.transport_size();
  record.protocol = first->protocol;
  record.set_ip_version(ip.version);
  record.tunnel_and_ip |= PacketRecord::later_fragment_flag;
  return true;
}

}  // namespace nfstream
