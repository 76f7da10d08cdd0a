import { fieldsOf, maybe, hash } from './field.js';

const facts = fieldsOf(
  'tls',
  'nDPI',
  [
    [
      'tls_version',
      'text',
      '',
      'Version of TLS or DTLS that the server chose, such as `TLSv1.3`; without a ServerHello the one in the header of the ClientHello (of QUIC `TLSv1.3`); null where neither was seen.',
      { ...maybe, merge: 'fact of a hello' },
    ],
    [
      'tls_cipher',
      'text',
      '',
      'Cipher suite that the server chose, by its IANA name, or as `0x1234` where nDPI knows no name; null without a ServerHello.',
      maybe,
    ],
    [
      'tls_alpn',
      'text',
      '',
      'Application protocols that the client offers, commas between them (without a ClientHello, the one that the server chose); null without the extension.',
      { ...maybe, merge: 'fact of a hello' },
    ],
    [
      'tls_issuer',
      'text',
      '',
      "Distinguished name of the issuer of the server's certificate, at most 2,048 bytes; null where no certificate was seen: in TLS 1.3 it is encrypted.",
      maybe,
    ],
    ['tls_subject', 'text', '', "Distinguished name of the subject of the server's certificate, at most 2,048 bytes; null where none was seen.", maybe],
    [
      'tls_not_before_ms',
      'int',
      'ms',
      "Time from which the server's certificate is valid, in whole seconds; null where none was seen.",
      { nullable: true, time: 'ms' },
    ],
    [
      'tls_not_after_ms',
      'int',
      'ms',
      "Time until which the server's certificate is valid, in whole seconds; null where none was seen.",
      { nullable: true, time: 'ms' },
    ],
  ],
  { merge: 'fact' },
);

const ja3 = fieldsOf(
  'tls',
  'JA3 (Salesforce), by nDPI',
  [
    [
      'ja3',
      'text',
      '',
      'JA3 of the client of TLS, DTLS or QUIC: an MD5 of version, cipher suites, extensions, groups and point formats; null without a ClientHello, and with nDPI from 4.14 on.',
      hash,
    ],
    ['ja3s', 'text', '', 'JA3S of the server: an MD5 of version, cipher suite and extensions; null without a ServerHello.', hash],
  ],
  { merge: 'fact' },
);

const ja4 = fieldsOf(
  'tls',
  'JA4 (FoxIO)',
  [
    [
      'ja4',
      'text',
      '',
      "JA4 of the client of TLS (`t`), QUIC (`q`: versions 1, 2 and drafts 23 to 34) or DTLS (`d`), from the first ClientHello of up to 16 KiB among the flow's first 64 packets; null without a whole one. It needs no nDPI.",
      hash,
    ],
  ],
  { merge: 'hello' },
);

/** What is told of TLS, QUIC and DTLS. */
export const tlsFields = [...ja3, ...ja4, ...facts];
