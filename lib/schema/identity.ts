/** What a text column says about who it was. */
export interface Identity {
  /** What its values are, where they have a form that prefix-preserving anonymisation keeps. */
  readonly form?: 'address' | 'mac' | 'oui';
  /** Columns that were derived from the same bytes: whoever has this one's value knows theirs, or can find it by trying, in whole or in part. */
  readonly derives: readonly string[];
}

const nothing: Identity = { derives: [] };

/** Columns that hold names which packets carry: each may hold the one that another holds, or a part of it. */
const names = ['requested_server_name', 'tls_sni', 'http_host', 'http_url', 'dns_query', 'dhcp_hostname', 'certificate_subject', 'certificate_san'];

/** What comes from the bytes of packets behind their headers. */
const fromPayload = [...names, 'client_fingerprint', 'server_fingerprint', 'user_agent', 'content_type'];

const byPayload: Identity = { derives: fromPayload };
const byFlowKey: Identity = { derives: ['src_ip', 'dst_ip', 'ip_src', 'ip_dst'] };

/**
 * One entry for each text column of the table of fields; a column that is derived from another names it, so that anonymising one hides both. Columns that are
 * no text are here only when they derive something: they can't be anonymised.
 */
export const identities: Readonly<Record<string, Identity>> = Object.freeze({
  src_ip: { form: 'address', derives: ['ip_src'] },
  dst_ip: { form: 'address', derives: ['ip_dst'] },
  ip_src: { form: 'address', derives: ['src_ip'] },
  ip_dst: { form: 'address', derives: ['dst_ip'] },
  src_mac: { form: 'mac', derives: ['src_oui'] },
  src_oui: { form: 'oui', derives: ['src_mac'] },
  dst_mac: { form: 'mac', derives: ['dst_oui'] },
  dst_oui: { form: 'oui', derives: ['dst_mac'] },
  community_id: byFlowKey,
  flow_uid: byFlowKey,
  connection_uid: byFlowKey,
  ...Object.fromEntries(names.map((name): [string, Identity] => [name, { derives: names.filter((other) => other !== name) }])),
  src2dst_payload: byPayload,
  dst2src_payload: byPayload,
  application_name: nothing,
  application_category_name: nothing,
  category_name: nothing,
  client_fingerprint: nothing,
  server_fingerprint: nothing,
  user_agent: nothing,
  content_type: nothing,
  end_reason: nothing,
});
