import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ignoreReasons } from '../lib/capture/index.js';
import { loadNative, native } from '../lib/native.js';

const typings = ['native', 'native-engine'].map((name) => readFileSync(new URL(`../typings/${name}.d.ts`, import.meta.url), 'utf8')).join('');

describe('the native addon', () => {
  it('has a name for every reason to ignore a packet', async () => {
    const engine = new native.NativeEngine({
      ...{
        idleTimeoutMs: 1,
        activeTimeoutMs: 1,
        maxClockStepMs: Infinity,
        tcpExpiry: 'none',
        tcpLingerMs: 1,
        capacity: 1,
        dissections: 0,
        meters: 1,
        dissectBeside: false,
        accounting: 0,
      },
      ...{
        dissectorModule: '',
        protocolsFile: '',
        categoriesFile: '',
        columns: ['id'],
        timeUnit: 'ms',
        timestamps: 'int',
        splt: 0,
        payloadBytes: 0,
        entropyBytes: 0,
        activityTimeoutMs: 0,
        freezeAfter: 0,
        communityIdSeed: 0,
        metrics: [],
        maxRows: 1,
        maxBytes: 1,
      },
    });
    await engine.open(0, Infinity);
    expect(engine.counters().ignored).to.have.length(ignoreReasons.length);
    engine.close();
  });

  it('exports what its typings declare, and nothing else', () => {
    const declared = [...typings.matchAll(/^export (?:class|function|const) (\w+)/gm)].map((match) => match[1]!);
    expect(Object.keys(loadNative()).sort()).to.deep.equal(declared.sort());
  });

  for (const [name, body] of [...typings.matchAll(/^export class (\w+) \{\n(.*?)^\}/gms)].map((match) => [match[1]!, match[2]!] as const)) {
    it(`${name} has the methods that its typings declare, and no others`, () => {
      const declared = [...body.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1]!).sort();
      const exported = native as unknown as Record<string, { prototype: object }>;
      expect(Object.getOwnPropertyNames(exported[name]!.prototype).sort()).to.deep.equal(declared);
    });
  }
});
