import { FlowBatch } from '../../lib/flows/flow-batch.js';

const applications = ['TLS.Google', 'DNS', 'QUIC.YouTube', 'HTTP', 'Unknown', 'TLS.Microsoft365'];

function address(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

function direction(name: string, n: number): Record<string, number> {
  const first = 1_714_000_000_000 + 37 * n;
  const duration = (n * 7919) % 120_000;
  return {
    [`${name}_first_seen_ms`]: first,
    [`${name}_last_seen_ms`]: first + duration,
    [`${name}_duration_ms`]: duration,
    [`${name}_packets`]: 1 + (n % 97),
    [`${name}_bytes`]: 60 + ((n * 104_729) % 900_000),
  };
}

/** A flow with nfstream's 38 columns, the same for the same number. */
function flow(n: number): Record<string, unknown> {
  return {
    id: n,
    expiration_id: 0,
    src_ip: address(n * 31),
    src_mac: '02:42:ac:11:00:02',
    src_oui: '02:42:ac',
    src_port: 1024 + ((n * 13) % 64_000),
    dst_ip: address(n * 17),
    dst_mac: '02:42:ac:11:00:03',
    dst_oui: '02:42:ac',
    dst_port: n % 3 === 0 ? 53 : 443,
    protocol: n % 3 === 0 ? 17 : 6,
    ip_version: 4,
    vlan_id: 0,
    tunnel_id: 0,
    ...direction('bidirectional', n),
    ...direction('src2dst', n),
    ...direction('dst2src', n),
    application_name: applications[n % applications.length],
    application_category_name: n % 3 === 0 ? 'Network' : 'Web',
    application_is_guessed: 0,
    application_confidence: 6,
    requested_server_name: n % 4 === 0 ? '' : `host-${n}.example.com`,
    client_fingerprint: n % 2 === 0 ? '' : 'cd08e31494f9531f560d64c695473da9',
    server_fingerprint: n % 2 === 0 ? '' : '15af977ce25de452b96affa2addb1036',
    user_agent: n % 8 === 0 ? 'Mozilla/5.0 (X11; Linux x86_64), like Gecko' : '',
    content_type: n % 8 === 0 ? 'text/html; charset=utf-8' : '',
  };
}

/** Flows from a number on, as one batch. */
function flowBatch(from: number, count: number): FlowBatch {
  return FlowBatch.from(Array.from({ length: count }, (_, n) => flow(from + n)));
}

const batchRows = 8192;

/** Flows as an aggregator gives them, in batches of 8,192. */
export function flowBatches(count: number): FlowBatch[] {
  return [...eachFlowBatch(count)];
}

/** The same, one batch at a time. */
export function* eachFlowBatch(count: number): Generator<FlowBatch, undefined> {
  for (let from = 0; from < count; from += batchRows) yield flowBatch(from, Math.min(batchRows, count - from));
}
