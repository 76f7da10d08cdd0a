import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { payload, PacketBatch, splt, type AggregateOptions, type AnyPlugin } from '../../../lib/index.js';
import { packetsOf, type Packets } from '../proofs.js';
import { run } from '../run.js';
import { fixture } from './packets.js';

/** Columns of the engine, and those of a plugin that are to be the same. */
type Same = readonly (readonly [engine: string, plugin: string])[];

const spltSame: Same = [
  ['splt_direction', 'packet_directions'],
  ['splt_ps', 'packet_sizes'],
  ['splt_piat_ms', 'packet_piat_ms'],
];
const payloadSame: Same = [
  ['src2dst_payload', 'src2dst_first_bytes'],
  ['dst2src_payload', 'dst2src_first_bytes'],
];

const cases: readonly (readonly [what: string, options: AggregateOptions, plugin: () => AnyPlugin, same: Same])[] = [
  ['splt({ packets: 10 })', { splt: 10 }, () => splt({ packets: 10 }), spltSame],
  ['splt({ packets: 300 })', { splt: 300, accountingMode: 'payload', idleTimeout: 1, activeTimeout: 3 }, () => splt({ packets: 300 }), spltSame],
  ['payload({ bytes: 100 })', { payloadBytes: 100, idleTimeout: 1, activeTimeout: 3 }, () => payload({ bytes: 100 }), payloadSame],
  ['payload({ bytes: 65535 })', { payloadBytes: 65_535 }, () => payload({ bytes: 65_535 }), payloadSame],
];

describe('plugins that are columns of the engine too', () => {
  const names = ['', 'built/'].flatMap((folder) =>
    readdirSync(fixture(folder))
      .filter((name) => /\.(pcap|pcapng)$/.test(name))
      .map((name) => `${folder}${name}`),
  );

  const captures = new Map<string, Packets>();

  before(async () => {
    for (const name of names) captures.set(name, await packetsOf(fixture(name)));
  });

  for (const [what, options, plugin, same] of cases) {
    it(`${what} has the values of the engine, on every fixture`, async () => {
      let [flows, told] = [0, 0];
      for (const [name, inputs] of captures) {
        const packets = PacketBatch.from(inputs, { decodeTunnels: 'all', fragments: 'count' });
        const { flows: all, error } = await run(packets, { ...options, plugins: [plugin()] });
        expect(error, name).to.equal(null);
        for (const flow of all) {
          flows++;
          for (const [engine, own] of same) {
            expect(flow.udps[own], `${name}, flow ${flow.id}, ${own}`).to.deep.equal(flow.toJSON()[engine]);
            if (String(flow.udps[own]).length > 1) told++;
          }
        }
      }
      expect([flows > 500, told > 300]).to.deep.equal([true, true]);
    });
  }
});
