/** A value of a packet that an expression of a metric can ask for. */
export interface Term {
  /** Behind `packet.`. Its number in the engine (native/engine/metrics/packet_terms.h) is its place in the table. */
  readonly name: string;
  /** True or false, as a flag of TCP; else an integer. */
  readonly condition: boolean;
  readonly meaning: string;
}

function term(name: string, meaning: string, condition = false): Term {
  return Object.freeze({ name, condition, meaning });
}

/** THE table of what can be asked of a packet; the order is the contract with the engine: append only. */
export const terms: readonly Term[] = Object.freeze([
  term('number', 'its number among all packets of the run that passed the filter, from 1'),
  term('index', 'its number in its flow, from 1'),
  term('time', 'when it came, since 1970 in UTC, in `timeUnit`; never before the packet in front of it'),
  term('delta', "time since the flow's packet before it, in `timeUnit`; 0 for the first"),
  term('direction', '0 from source to destination, 1 back'),
  term('size', 'its bytes under `accountingMode`'),
  term('raw_size', 'bytes of the frame on the wire'),
  term('ip_size', 'bytes of the innermost IP packet with its header'),
  term('transport_size', 'bytes of the transport header and its payload'),
  term('payload_size', "bytes of the transport's payload"),
  term('src_port', "the sender's port; 0 without one"),
  term('dst_port', "the receiver's port; 0 without one"),
  term('protocol', 'number of the IP protocol'),
  term('vlan', 'innermost VLAN; 0 without one'),
  term('tunnel', 'kind of the innermost tunnel, as tunnel_id; 0 without one'),
  term('ip_version', '4 or 6'),
  term('ttl', 'time to live, or hop limit'),
  term('window', 'TCP window as it stands in the header; null without a TCP header'),
  term('fin', 'the flag FIN of TCP', true),
  term('syn', 'the flag SYN', true),
  term('rst', 'the flag RST', true),
  term('psh', 'the flag PSH', true),
  term('ack', 'the flag ACK', true),
  term('urg', 'the flag URG', true),
  term('ece', 'the flag ECE', true),
  term('cwr', 'the flag CWR', true),
]);
