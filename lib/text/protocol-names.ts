/** Short names of IP protocols. */
export const protocolNames = new Map<number, string>([
  [1, 'ICMP'],
  [2, 'IGMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [112, 'VRRP'],
  [132, 'SCTP'],
]);

/** Their numbers, by name in small letters. */
export const protocolNumbers: ReadonlyMap<string, number> = new Map([...protocolNames].map(([number, name]) => [name.toLowerCase(), number]));
