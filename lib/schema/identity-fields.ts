import { fieldsOf } from './field.js';

const hex = { plain: true } as const;

/** Names of flows that other tools, other files and other runs share. */
export const identityFields = [
  ...fieldsOf(
    'communityId',
    'Community ID 1',
    [
      [
        'community_id',
        'text',
        '',
        'Hash of addresses, protocol and ports that other tools give the same flow: `1:` and the SHA-1 in Base64. ICMP counts the type and code of the first packet, SCTP its ports, other protocols without ports none.',
      ],
    ],
    { merge: 'first' },
  ),
  ...fieldsOf(
    'uid',
    '',
    [
      [
        'flow_uid',
        'text',
        '',
        "The flow in 128 bits, as hex: the first half of the SHA-1 over source and destination addresses and ports, VLAN, protocol, tunnel and its network, the first packet's time in nanoseconds, and the name of the capture (without its folder). The same in every run; two records of one key have the same only when they begin in the same nanosecond.",
        hex,
      ],
      ['connection_uid', 'text', '', 'The flow_uid of the first piece of the connection: pieces that the active timeout cut off have it in common.', hex],
      ['part', 'int', '', 'How many pieces of the connection came before this one; 0 for the first.'],
    ],
    { merge: 'uid' },
  ),
];
