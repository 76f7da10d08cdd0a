import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { versions } from '../lib/aggregate/metadata.js';
import { ignoreReasons } from '../lib/capture/index.js';
import { loadNative, native } from '../lib/native.js';
import { workFolder } from './cli/made-capture.js';
import { commandLine } from './program.js';

const typings = ['native', 'native-engine'].map((name) => readFileSync(new URL(`../typings/${name}.d.ts`, import.meta.url), 'utf8')).join('');

describe('the native addon', () => {
  const { path } = workFolder();

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

  it('fetches memory ahead where it is counted, routed and looked up', () => {
    // Compilers have left calls out that do nothing else.
    const addon = fileURLToPath(new URL('../build/Release/nfstream.node', import.meta.url));
    const { stdout } = spawnSync('objdump', ['--disassemble', '--demangle', '--no-show-raw-insn', addon], { encoding: 'latin1', maxBuffer: 1 << 28 });
    const functions = stdout.split(/^(?=[0-9a-f]+ <)/m);
    const least = {
      'Meter::look_up(': 3,
      'Meter::feed(nfstream::Stretch': 3,
      'Router::route(': 2,
      'FlowTable::prefetch_record(': 3,
      'FlowTable::prefetch_neighbours(': 1,
    };
    for (const [name, count] of Object.entries(least)) {
      const bodies = functions.filter((body) => /^[0-9a-f]+ <nfstream::/.test(body) && body.slice(0, 200).includes(name));
      expect(bodies.join('').match(/\b(?:prefetch|prfm)/g) ?? [], name).to.have.length.of.at.least(count);
    }
  });

  // Later releases have no such functions, or are closed.
  const replaced =
    versions().ndpi?.startsWith('4.2.') === true
      ? [
          'NDPI_BITMASK_COMPARE',
          'ndpi_check_flow_func',
          'ndpi_exclude_protocol',
          'ndpi_match_prefix',
          'ndpi_parse_packet_line_info',
          'ndpi_patricia_search_best',
          'ndpi_strnstr',
        ]
      : ['NDPI_BITMASK_COMPARE'];
  if (versions().ndpi?.startsWith('4.')) {
    it(`has functions that nDPI calls in place of its own: ${replaced.join(', ')}`, () => {
      const capture = fileURLToPath(new URL('../fixtures/office.pcap', import.meta.url));
      // To files: a pipe that Node has set to not wait would lose lines.
      const env = { ...process.env, LD_DEBUG: 'bindings', LD_DEBUG_OUTPUT: path('bindings') };
      const { status } = spawnSync(commandLine[0]!, [...commandLine.slice(1), capture, '--output', path('flows.csv')], { env });
      const told = readdirSync(path('.')).map((name) => readFileSync(path(name), 'utf8'));
      expect(status).to.equal(0);
      for (const name of replaced) {
        expect(told.join('')).to.match(new RegExp(`libndpi\\S+ \\[0\\] to \\S+ndpi_dissector\\.node \\[0\\]: normal symbol \`${name}'`));
      }
    });
  }
});
