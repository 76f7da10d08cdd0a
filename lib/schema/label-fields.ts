import { fieldsOf } from './field.js';

/** What nDPI finds, as far as nfstream tells it. */
export const labelFields = fieldsOf(
  'labels',
  'nDPI',
  [
    ['application_name', 'text', '', "nDPI's label: `Master.App` where both are known and differ, else the known one, `Unknown` without one."],
    ['application_category_name', 'text', '', "nDPI's category of the application; `Unspecified` without one.", { closed: true }],
    [
      'application_is_guessed',
      'int',
      'flag',
      '1 when the label was guessed (from ports, addresses or earlier flows) because dissection ended without one.',
      { narrow: 'int8' },
    ],
    [
      'application_confidence',
      'int',
      'code',
      'How the label was found: 0 not, 1 port, 2 nBPF rule, 3 partial DPI, 4 partial DPI from a cache, 5 DPI from a cache, 6 DPI, 7 IP address, from 100 others of nDPI; 110 by our own parser of hellos (docs/differences.md, "Labels").',
      { narrow: 'uint8' },
    ],
    [
      'requested_server_name',
      'text',
      '',
      'Name that the client asked for: TLS or QUIC SNI, HTTP host, DNS question, DHCP host name, ...; where nDPI has none, the SNI of the ClientHello that our own parser read; empty without one.',
      { merge: 'fact' },
    ],
    ['client_fingerprint', 'text', '', "JA3 of a TLS or QUIC client, HASSH of an SSH client, a DHCP client's option 55; empty without one.", { merge: 'fact' }],
    ['server_fingerprint', 'text', '', 'JA3S of a TLS server, HASSH of an SSH server; empty without one.', { merge: 'fact' }],
    ['user_agent', 'text', '', 'User agent of HTTP or QUIC; empty without one.', { merge: 'fact' }],
    ['content_type', 'text', '', 'Content type of the HTTP response; empty without one.', { merge: 'fact' }],
  ],
  { merge: 'label' },
);

/** How nDPI thinks of the label. */
export const applicationFields = fieldsOf(
  'applicationDetails',
  'nDPI',
  [
    [
      'application_breed',
      'text',
      '',
      "nDPI's opinion of the application (of `Master.App` the second): `Safe`, `Acceptable`, `Fun`, `Unsafe`, `Potentially Dangerous`, `Tracker/Ads`, `Dangerous` or `Unrated`.",
      { closed: true },
    ],
    [
      'application_confidence_name',
      'text',
      '',
      'How the label was found, as nDPI calls it: `Unknown`, `Match by port`, `Match by IP`, `DPI (cache)`, `DPI`, later releases more; `DPI (hello)` by our own parser of hellos.',
      { closed: true },
    ],
  ],
  { merge: 'label' },
);
