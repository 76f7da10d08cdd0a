import { directions, fieldsOf, frozen, type FieldRow } from './field.js';

const nullable = { nullable: true } as const;
const ways = directions.slice(1);

const stateFields = fieldsOf(
  'tcpState',
  'Zeek, conn.log',
  [
    [
      'tcp_state',
      'text',
      '',
      "Zeek's conn_state: `S0`, `S1`, `SF`, `REJ`, `S2`, `S3`, `RSTO`, `RSTR`, `RSTOS0`, `RSTRH`, `SH`, `SHR` or `OTH`. Of UDP `SF` when both ends sent, `S0` when only the originator did, `SHR` when only the responder did; `OTH` for other protocols.",
      { plain: true, closed: true },
    ],
    [
      'tcp_history',
      'text',
      '',
      "Zeek's history, at most 48 letters: s SYN, h SYN with ACK, a only ACK, d payload, f FIN, r RST, i FIN with RST, q SYN with FIN or RST, t payload that leads no further, w window 0, g a gap that was acknowledged; upper case from the originator; ^ when that is not the flow's source. a, d, i, q once; f, h, r, s again with another sequence number; g, t, w the 1st, 10th, 100th, ... time. Of UDP d only; null for other protocols and when no header was readable. Checksums are not verified (no c).",
      nullable,
    ],
    [
      'tcp_originator',
      'text',
      '',
      "Who began the connection: `src` or `dst`. The sender of the first SYN, else the receiver of a SYN with ACK, else by Zeek's ports of likely servers, else the source of the flow.",
      { plain: true, closed: true },
    ],
  ],
  { ...frozen, merge: 'none' },
);

const qualityFields = fieldsOf(
  'tcpQuality',
  'Wireshark 4.0, tcp.analysis',
  ways.flatMap(([name, ofWhat]): FieldRow[] => [
    [
      `${name}_retransmissions`,
      'int',
      'packets',
      `TCP segments of ${ofWhat} that Wireshark calls a retransmission (fast and spurious ones too): payload, SYN or FIN that begins before the furthest segment, or ends before what was acknowledged, and is not out of order; null for other protocols.`,
      nullable,
    ],
    [
      `${name}_out_of_order`,
      'int',
      'packets',
      `TCP segments of ${ofWhat} that begin before the furthest segment and come within the handshake's round trip (3 ms without one) of it; null for other protocols.`,
      nullable,
    ],
  ]),
  { ...frozen, merge: 'none' },
);

const windowFields = fieldsOf(
  'tcpWindow',
  'RFC 9293, RFC 7323',
  ways.flatMap(([name, ofWhat]): FieldRow[] => [
    [
      `${name}_initial_window`,
      'int',
      'bytes',
      `Window in the first SYN of ${ofWhat}, as it stands there; null without a SYN.`,
      { nullable: true, narrow: 'uint16', merge: 'found' },
    ],
    [
      `${name}_min_window`,
      'int',
      'bytes',
      `Smallest window that ${ofWhat} offer without SYN or RST, scaled when both SYNs have the option, else as it stands there; null without such a segment.`,
      { nullable: true, narrow: 'uint32', merge: 'least window' },
    ],
    [`${name}_max_window`, 'int', 'bytes', `Largest window that ${ofWhat} offer, as the smallest.`, { nullable: true, narrow: 'uint32', merge: 'most window' }],
    [
      `${name}_window_scale`,
      'int',
      '',
      `Shift of the window in the first SYN of ${ofWhat}, at most 14; null without the option.`,
      { nullable: true, narrow: 'uint8', merge: 'with the SYN' },
    ],
    [
      `${name}_mss`,
      'int',
      'bytes',
      `Maximum segment size in the first SYN of ${ofWhat}; null without the option.`,
      { nullable: true, narrow: 'uint16', merge: 'with the SYN' },
    ],
  ]),
  { ...frozen, merge: 'none' },
);

const synFields = fieldsOf(
  'tcpOptions',
  'RFC 9293, tcpdump',
  ways.map(([name, ofWhat]): FieldRow => [
    `${name}_tcp_options`,
    'text',
    '',
    `Options in the first SYN of ${ofWhat} in their order, by tcpdump's names, a \`;\` between two: \`mss 1460;sackOK;TS;nop;wscale 7\`; \`kind 77\` of one without a name. Empty of a SYN without options, null without a SYN.`,
    nullable,
  ]),
  { ...frozen, merge: 'found' },
);

const rttFields = fieldsOf(
  'tcpRtt',
  'RFC 9293',
  [
    [
      'tcp_rtt_client_ms',
      'float',
      'ms',
      "Round trip between where the packets were captured and the client: from the last SYN with ACK to the client's first ACK of it; null without the two.",
      nullable,
    ],
    [
      'tcp_rtt_server_ms',
      'float',
      'ms',
      "Round trip between where the packets were captured and the server: from the client's last SYN to the first SYN with ACK that acknowledges it; null without the two. Both together are Wireshark's tcp.analysis.initial_rtt where no SYN with ACK was sent again.",
      nullable,
    ],
  ],
  { ...frozen, merge: 'hello' },
);

/** What the headers of TCP segments tell of a connection. */
export const tcpFields = [...stateFields, ...qualityFields, ...windowFields, ...synFields, ...rttFields];
