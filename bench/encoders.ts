// Rows per second of processor time (a busy machine changes it less) of each encoder at nfstream's 38 columns, against csv-stringify and JSON.stringify over the same flows. Run: npx tsx bench/encoders.ts
import { stringify } from 'csv-stringify/sync';
import { FlowBatch } from '../lib/aggregate/flow-batch.js';
import { ArrowEncoder } from '../lib/export/arrow.js';
import { CsvEncoder } from '../lib/export/csv.js';
import { strideEnd, type Encoder } from '../lib/export/encoder.js';
import { JsonEncoder } from '../lib/export/json.js';

const rows = 8192;
const seconds = 2;

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

const applications = ['TLS.Google', 'DNS', 'QUIC.YouTube', 'HTTP', 'Unknown', 'TLS.Microsoft365'];

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

const batch = FlowBatch.from(Array.from({ length: rows }, (_, n) => flow(n)));

function encodeAll(encoder: Encoder): number {
  let bytes = 0;
  for (let row = 0; row < batch.length; ) {
    const end = strideEnd(encoder, batch, row);
    bytes += encoder.encode(batch, row, end).length;
    row = end;
  }
  return bytes;
}

function encoding(encoder: Encoder): () => number {
  encoder.start(batch.schema);
  return () => encodeAll(encoder);
}

function measure(name: string, once: () => number): void {
  for (let i = 0; i < 10; i++) once();
  const began = process.cpuUsage();
  let [done, bytes, elapsed] = [0, 0, 0];
  while (elapsed < seconds * 1000) {
    bytes += once();
    done += rows;
    const { user, system } = process.cpuUsage(began);
    elapsed = (user + system) / 1000;
  }
  const thousands = Math.round(done / elapsed);
  console.log(`${name.padEnd(34)} ${String(thousands).padStart(7)} k rows/s ${String(Math.round(bytes / elapsed / 1000)).padStart(6)} MB/s`);
}

const objects = [...batch].map((row) => row.toJSON());

console.log(`${rows} flows a batch, ${batch.columns.length} columns`);
measure('CSV', encoding(new CsvEncoder()));
measure('JSON Lines', encoding(new JsonEncoder()));
measure('JSON array', encoding(new JsonEncoder({ format: 'array' })));
measure('Arrow stream', encoding(new ArrowEncoder()));
measure('csv-stringify, objects ready', () => stringify(objects).length);
measure('JSON.stringify, objects ready', () => objects.reduce((size, object) => size + JSON.stringify(object).length + 1, 0));
measure('JSON.stringify, objects made', () => [...batch].reduce((size, row) => size + JSON.stringify(row).length + 1, 0));
