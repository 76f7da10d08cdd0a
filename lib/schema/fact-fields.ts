import { fieldsOf, maybe, hash, type FieldGroup } from './field.js';
import { applicationFields } from './label-fields.js';
import { sshFields } from './ssh-fields.js';
import { tlsFields } from './tls-fields.js';

// Texts from the network are valid UTF-8 (U+FFFD for other bytes) and at most 255 bytes long before that, those marked `long` 2,048.

const riskFields = fieldsOf(
  'risks',
  'nDPI',
  [
    [
      'risks',
      'text',
      '',
      "Names of the flow's risks in the order of nDPI's numbers, a `;` between two; empty without one. Those of an HTTP URL (XSS, SQL injection, ...) are among them, as in ndpiReader.",
    ],
    [
      'risk_score',
      'int',
      'code',
      "Sum of the scores of the flow's risks (10 low, 50 medium, 100 high, 250 severe in nDPI 4.2); 0 without one.",
      { narrow: 'uint16' },
    ],
    ['risk_client_score', 'int', 'code', "The client's part of risk_score, as nDPI divides it.", { narrow: 'uint16' }],
    ['risk_server_score', 'int', 'code', "The server's part of risk_score.", { narrow: 'uint16' }],
  ],
  { merge: 'label' },
);

const httpFields = fieldsOf(
  'http',
  'nDPI',
  [
    ['http_method', 'text', '', 'Method of the first request, such as `GET`; null without a request.', maybe],
    ['http_host', 'text', '', 'Host of the request in small letters, of a longer one the last 79 bytes; null without one.', maybe],
    ['http_url', 'text', '', 'Host and path of the first request with its query, without a scheme, at most 2,048 bytes; null without a request.', maybe],
    ['http_status', 'int', 'code', 'Status of the first answer, 100 to 509; null without one.', { nullable: true, narrow: 'uint16' }],
    ['http_request_content_type', 'text', '', "Content type of the request's body; null without one.", maybe],
    ['http_server', 'text', '', "The answer's field Server; null without one, and with nDPI before 4.6.", maybe],
  ],
  { merge: 'fact' },
);

const dnsFields = fieldsOf(
  'dns',
  'nDPI',
  [
    [
      'dns_query',
      'text',
      '',
      'Name in the question of DNS, mDNS or LLMNR, in small letters, of a longer one the last 79 bytes; null in a flow that is none of these.',
      maybe,
    ],
    [
      'dns_query_type',
      'int',
      'code',
      "Type of the flow's last question by its IANA number (1 A, 28 AAAA, 65 HTTPS, ...); null without a question.",
      { nullable: true, narrow: 'uint16' },
    ],
    [
      'dns_response_code',
      'int',
      'code',
      'Code of the last response (0 no error, 3 no such name, ...); null when the last dissected message is a question.',
      { nullable: true, narrow: 'uint8' },
    ],
    [
      'dns_records',
      'int',
      '',
      'Number of records of the last response as nDPI counts them: answers, authorities and additional ones, modulo 256; null as dns_response_code.',
      { nullable: true, narrow: 'uint8' },
    ],
    ['dns_answer', 'text', '', 'First address (A or AAAA) of the last response, behind aliases; null when its first record that is no alias has none.', hash],
  ],
  { merge: 'fact' },
);

const dhcpFields = fieldsOf(
  'dhcp',
  'nDPI',
  [
    [
      'dhcp_fingerprint',
      'text',
      '',
      'Option 55: the numbers of the options that the client asks for, in its order, commas between them, at most 47 bytes; null without it.',
      maybe,
    ],
    ['dhcp_class', 'text', '', 'Option 60: what the client says it is, at most 47 bytes; null without it.', maybe],
    ['dhcp_host_name', 'text', '', "Option 12: the client's name, at most 79 bytes; null without it.", maybe],
  ],
  { merge: 'fact' },
);

const osFields = fieldsOf(
  'detectedOs',
  'nDPI',
  [['detected_os', 'text', '', 'Operating system that nDPI reads from the user agent of HTTP or QUIC, such as `Windows 10`; null without one.', maybe]],
  { merge: 'fact' },
);

/** What nDPI finds and nfstream does not tell, and fingerprints of clients. */
export const factFields = [...applicationFields, ...riskFields, ...tlsFields, ...sshFields, ...httpFields, ...dnsFields, ...dhcpFields, ...osFields];

/** The groups of columns that need `dissections` over 0. */
export const dissectedGroups: ReadonlySet<FieldGroup> = new Set(['labels', ...factFields.map(({ when }) => when)]);
