import { fieldsOf, hash } from './field.js';

/** Fingerprints of the two ends of SSH. */
export const sshFields = fieldsOf(
  'ssh',
  'HASSH (Salesforce)',
  [
    [
      'hassh',
      'text',
      '',
      "HASSH of the client: an MD5 of the algorithms that it offers, in small letters, from its first key exchange of up to 16 KiB among the flow's first 64 packets; null without a whole one. It needs no nDPI.",
      hash,
    ],
    ['hassh_server', 'text', '', 'HASSH of the server, read in the same way; null without a whole key exchange.', hash],
  ],
  { merge: 'hello' },
);
