/** What a text column has in common with others. */
export interface Derivation {
  /** What its values are, where they have a form that prefix-preserving anonymisation keeps. */
  readonly form?: 'address' | 'mac' | 'oui';
  /** Columns that were derived from the same bytes: whoever has this one's value knows theirs, or can find it by trying, in whole or in part. */
  readonly derives: readonly string[];
}

const nothing: Derivation = { derives: [] };

/** Columns of which each tells all others of the list. */
function alike(...names: string[]): Record<string, Derivation> {
  return Object.fromEntries(names.map((name) => [name, { derives: names.filter((other) => other !== name) }]));
}

const addresses = ['src_ip', 'dst_ip', 'ip_src', 'ip_dst'];

/** Names of hosts that packets carry. `tls_issuer` is that of the subject where a certificate is signed by itself. */
const names = ['requested_server_name', 'tls_subject', 'tls_issuer', 'http_host', 'http_url', 'dns_query', 'dhcp_host_name'];

/** `client_fingerprint` and `server_fingerprint` are one of the others of their list. */
const clients = ['client_fingerprint', 'ja3', 'hassh', 'dhcp_fingerprint'];
const servers = ['server_fingerprint', 'ja3s', 'hassh_server'];

/** What comes from the bytes behind the headers; those of ICMP errors and of DNS hold addresses too. */
const fromPayload = [
  ...addresses,
  ...names,
  ...clients,
  ...servers,
  'ja4',
  'user_agent',
  'detected_os',
  'content_type',
  'http_request_content_type',
  'http_server',
  'dns_answer',
  'dhcp_class',
  'tls_alpn',
];

const payloads = ['src2dst_payload', 'dst2src_payload', 'piece_src2dst_payload', 'piece_dst2src_payload'];

/**
 * One entry for each text column of the table of fields; a column that is derived from another, or from the same bytes, names it, so that anonymising one hides both.
 * Columns that are no text are here only when they tell something: they can't be anonymised.
 */
export const derivations: Readonly<Record<string, Derivation>> = Object.freeze({
  src_ip: { form: 'address', derives: ['ip_src'] },
  dst_ip: { form: 'address', derives: ['ip_dst'] },
  ip_src: { form: 'address', derives: ['src_ip'] },
  ip_dst: { form: 'address', derives: ['dst_ip'] },
  src_mac: { form: 'mac', derives: ['src_oui'] },
  src_oui: { form: 'oui', derives: ['src_mac'] },
  dst_mac: { form: 'mac', derives: ['dst_oui'] },
  dst_oui: { form: 'oui', derives: ['dst_mac'] },
  // Each narrows its address down.
  ...Object.fromEntries(
    ['asn', 'as_name', 'country'].flatMap((what) => ['src', 'dst'].map((end) => [`${end}_${what}`, { derives: [`${end}_ip`, `ip_${end}`] }])),
  ),
  src_oui_name: { derives: ['src_mac', 'src_oui'] },
  dst_oui_name: { derives: ['dst_mac', 'dst_oui'] },
  // The address of a later flow, whose name is that of the question.
  dns_answer: { form: 'address', derives: addresses },
  // Hashes without a key over few unknown bits: addresses can be found by trying.
  community_id: { derives: addresses },
  flow_uid: { derives: [...addresses, 'connection_uid'] },
  connection_uid: { derives: [...addresses, 'flow_uid'] },
  piece_key: { derives: addresses },
  ...alike(...names, 'dst_name'),
  dst_name: { derives: [...names, 'dst_ip', 'ip_dst'] },
  ...alike(...clients),
  ...alike(...servers),
  ...alike('user_agent', 'detected_os'),
  ...alike('content_type', 'http_request_content_type'),
  ...Object.fromEntries(payloads.map((name) => [name, { derives: [...fromPayload, ...payloads.filter((other) => other !== name)] }])),
  application_name: nothing,
  application_category_name: nothing,
  application_breed: nothing,
  application_confidence_name: nothing,
  category_name: nothing,
  risks: nothing,
  ja4: nothing,
  vlan_ids: nothing,
  mpls_labels: nothing,
  src2dst_tcp_options: nothing,
  dst2src_tcp_options: nothing,
  tls_version: nothing,
  tls_cipher: nothing,
  tls_alpn: nothing,
  http_method: nothing,
  http_server: nothing,
  dhcp_class: nothing,
  source_file: nothing,
  source_files: nothing,
  stitch_inexact: nothing,
  piece_row: nothing,
  piece_point: nothing,
  piece_capture: nothing,
  piece_run: nothing,
  system_process_name: nothing,
  tcp_state: nothing,
  tcp_history: nothing,
  tcp_originator: nothing,
  end_reason: nothing,
  label: nothing,
});

/** What a column tells of others; undefined where it tells nothing, as a column of a user. */
export function derivationOf(name: string): Derivation | undefined {
  return Object.hasOwn(derivations, name) ? derivations[name] : undefined;
}
