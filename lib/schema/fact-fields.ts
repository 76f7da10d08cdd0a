import { fieldsOf, type FieldGroup } from './field.js';

// Texts from the network are valid UTF-8 (U+FFFD for other bytes) and at most 255 bytes long before that, those marked `long` 2,048.

const maybe = { nullable: true } as const;
const hash = { nullable: true, plain: true } as const;

const applicationFields = fieldsOf('applicationDetails', 'nDPI', [
  ['application_breed', 'text', '', "nDPI's opinion of the application (of `Master.App` the second): `Safe`, `Acceptable`, `Fun`, `Unsafe`, `Potentially Dangerous`, `Tracker/Ads`, `Dangerous` or `Unrated`.", { closed: true }],
  ['application_confidence_name', 'text', '', 'How the label was found, as nDPI calls it: `Unknown`, `Match by port`, `Match by IP`, `DPI (cache)`, `DPI`, later releases more; `DPI (hello)` by our own parser of hellos.', { closed: true }],
]);

const riskFields = fieldsOf('risks', 'nDPI', [
  ['risks', 'text', '', "Names of the flow's risks in the order of nDPI's numbers, a `;` between two; empty without one. Those of an HTTP URL (XSS, SQL injection, ...) are among them, as in ndpiReader."],
  ['risk_score', 'int', 'code', "Sum of the scores of the flow's risks (10 low, 50 medium, 100 high, 250 severe in nDPI 4.2); 0 without one.", { narrow: 'uint16' }],
  ['risk_client_score', 'int', 'code', "The client's part of risk_score, as nDPI divides it.", { narrow: 'uint16' }],
  ['risk_server_score', 'int', 'code', "The server's part of risk_score.", { narrow: 'uint16' }],
]);

const tlsFields = fieldsOf('tls', 'nDPI', [
  ['tls_version', 'text', '', 'Version of TLS or DTLS that the server chose, such as `TLSv1.3`; without a ServerHello the one in the header of the ClientHello (of QUIC `TLSv1.3`); null where neither was seen.', maybe],
  ['tls_cipher', 'text', '', 'Cipher suite that the server chose, by its IANA name, or as `0x1234` where nDPI knows no name; null without a ServerHello.', maybe],
  ['tls_alpn', 'text', '', 'Application protocols that the client offers, commas between them (without a ClientHello, the one that the server chose); null without the extension.', maybe],
  ['tls_issuer', 'text', '', "Distinguished name of the issuer of the server's certificate, at most 2,048 bytes; null where no certificate was seen: in TLS 1.3 it is encrypted.", maybe],
  ['tls_subject', 'text', '', "Distinguished name of the subject of the server's certificate, at most 2,048 bytes; null where none was seen.", maybe],
  ['tls_not_before_ms', 'int', 'ms', "Time from which the server's certificate is valid, in whole seconds; null where none was seen.", { nullable: true, time: 'ms' }],
  ['tls_not_after_ms', 'int', 'ms', "Time until which the server's certificate is valid, in whole seconds; null where none was seen.", { nullable: true, time: 'ms' }],
]);

const ja3Fields = fieldsOf('tls', 'JA3 (Salesforce), by nDPI', [
  ['ja3', 'text', '', 'JA3 of the client of TLS, DTLS or QUIC: an MD5 of version, cipher suites, extensions, groups and point formats; null without a ClientHello, and with nDPI from 4.14 on.', hash],
  ['ja3s', 'text', '', 'JA3S of the server: an MD5 of version, cipher suite and extensions; null without a ServerHello.', hash],
]);

const ja4Fields = fieldsOf('tls', 'JA4 (FoxIO)', [
  ['ja4', 'text', '', "JA4 of the client of TLS (`t`), QUIC (`q`: versions 1, 2 and drafts 23 to 34) or DTLS (`d`), from the first ClientHello of up to 16 KiB among the flow's first 64 packets; null without a whole one. It needs no nDPI.", hash],
]);

const sshFields = fieldsOf('ssh', 'HASSH (Salesforce)', [
  ['hassh', 'text', '', "HASSH of the client: an MD5 of the algorithms that it offers, in small letters, from its first key exchange of up to 16 KiB among the flow's first 64 packets; null without a whole one. It needs no nDPI.", hash],
  ['hassh_server', 'text', '', 'HASSH of the server, read in the same way; null without a whole key exchange.', hash],
]);

const httpFields = fieldsOf('http', 'nDPI', [
  ['http_method', 'text', '', 'Method of the first request, such as `GET`; null without a request.', maybe],
  ['http_host', 'text', '', 'Host of the request in small letters, of a longer one the last 79 bytes; null without one.', maybe],
  ['http_url', 'text', '', 'Host and path of the first request with its query, without a scheme, at most 2,048 bytes; null without a request.', maybe],
  ['http_status', 'int', 'code', 'Status of the first answer, 100 to 509; null without one.', { nullable: true, narrow: 'uint16' }],
  ['http_request_content_type', 'text', '', "Content type of the request's body; null without one.", maybe],
  ['http_server', 'text', '', "The answer's field Server; null without one, and with nDPI before 4.6.", maybe],
]);

const dnsFields = fieldsOf('dns', 'nDPI', [
  ['dns_query', 'text', '', 'Name in the question of DNS, mDNS or LLMNR, in small letters, of a longer one the last 79 bytes; null in a flow that is none of these.', maybe],
  ['dns_query_type', 'int', 'code', "Type of the flow's last question by its IANA number (1 A, 28 AAAA, 65 HTTPS, ...); null without a question.", { nullable: true, narrow: 'uint16' }],
  ['dns_response_code', 'int', 'code', 'Code of the last response (0 no error, 3 no such name, ...); null when the last dissected message is a question.', { nullable: true, narrow: 'uint8' }],
  ['dns_records', 'int', '', 'Number of records of the last response as nDPI counts them: answers, authorities and additional ones, modulo 256; null as dns_response_code.', { nullable: true, narrow: 'uint8' }],
  ['dns_answer', 'text', '', 'First address (A or AAAA) of the last response, behind aliases; null when its first record that is no alias has none.', hash],
]);

const dhcpFields = fieldsOf('dhcp', 'nDPI', [
  ['dhcp_fingerprint', 'text', '', "Option 55: the numbers of the options that the client asks for, in its order, commas between them, at most 47 bytes; null without it.", maybe],
  ['dhcp_class', 'text', '', "Option 60: what the client says it is, at most 47 bytes; null without it.", maybe],
  ['dhcp_host_name', 'text', '', "Option 12: the client's name, at most 79 bytes; null without it.", maybe],
]);

const osFields = fieldsOf('detectedOs', 'nDPI', [
  ['detected_os', 'text', '', "Operating system that nDPI reads from the user agent of HTTP or QUIC, such as `Windows 10`; null without one.", maybe],
]);

/** What nDPI finds and nfstream does not tell, and fingerprints of clients. */
export const factFields = [...applicationFields, ...riskFields, ...ja3Fields, ...ja4Fields, ...tlsFields, ...sshFields, ...httpFields, ...dnsFields, ...dhcpFields, ...osFields];

/** The groups of columns that need `dissections` over 0. */
export const dissectedGroups: ReadonlySet<FieldGroup> = new Set(['labels', ...factFields.map(({ when }) => when)]);
