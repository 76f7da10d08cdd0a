import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FlowBatch } from '../../lib/flows/flow-batch.js';

const batchRows = 8192;

/** Numbers that look random, and are the same in every run. */
export function pseudoRandom(seed = 1): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** When the flows begin: within the eight hours behind this, in milliseconds since 1970. */
export const firstMs = Date.UTC(2017, 6, 5, 12);
export const hoursMs = 8 * 3_600_000;

/** Flows of clients in 10.0.0.0/8 with servers anywhere, of many addresses each, in batches as an aggregator gives them. */
export function makeBatches(count: number, addresses: number): FlowBatch[] {
  const random = pseudoRandom();
  const batches: FlowBatch[] = [];
  let first = FlowBatch.from([]);
  for (let from = 0; from < count; from += batchRows) {
    const rows = Array.from({ length: Math.min(batchRows, count - from) }, (_, row) => {
      const client = random(addresses);
      const server = Math.imul(random(addresses), 2654435761) >>> 0;
      const seen = firstMs + random(hoursMs);
      return {
        id: from + row,
        src_ip: `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`,
        src_port: 1024 + random(64_000),
        dst_ip: `${1 + ((server >>> 24) % 223)}.${(server >>> 16) & 255}.${(server >>> 8) & 255}.${server & 255}`,
        dst_port: [53, 80, 443, 22, 8080][random(5)]!,
        protocol: random(2) === 0 ? 6 : 17,
        bidirectional_first_seen_ms: seen,
        bidirectional_last_seen_ms: seen + random(60_000),
      };
    });
    const batch = FlowBatch.from(rows);
    if (batches.length === 0) first = batch;
    batches.push(new FlowBatch(first.schema, batch.length, batch.columns));
  }
  return batches;
}

/** Seconds of wall and processor that a stage takes for batches, behind a first one without flows, which is not counted. */
export async function timed(batches: readonly FlowBatch[], stage: NodeJS.ReadWriteStream): Promise<{ wall: number; processor: number }> {
  let began = 0;
  let used = process.cpuUsage();
  const sink = new Writable({
    objectMode: true,
    write(batch: FlowBatch, _encoding, done) {
      if (batch.length === 0) [began, used] = [performance.now(), process.cpuUsage()];
      done();
    },
  });
  await pipeline(Readable.from([batches[0]!.slice(0, 0), ...batches], { highWaterMark: 1 }), stage, sink);
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}
