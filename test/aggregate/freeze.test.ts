import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { aggregate, captureFile, FlowPlugin, type AggregateOptions, type FlowValue, type HookFlow, type HookPacket, type Schema } from '../../lib/index.js';
import { thorough } from '../thorough.js';
import { sharedCaptures } from '../shared.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Every column, and those that options and users add. */
const everything = {
  features: 'full',
  splt: 6,
  payloadBytes: 24,
  metrics: { big: 'count(packet.size > 200)', longest: 'max(packet.delta)', ports: 'distinct(packet.src_port)' },
} as const satisfies AggregateOptions;

/** Captures that are made to be damaged, or are refused before the first packet. */
const notRead = /^(pcap|pcapng)-|^gzip-named-pcap|^empty/;
const capturesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.(pcap|pcapng)$/.test(name) && !notRead.test(name))
    .map((name) => join(folder, name));

type Row = Readonly<Record<string, FlowValue>>;

interface Run {
  readonly rows: readonly Row[];
  /** Names of columns that are frozen, and of the others. */
  readonly frozen: readonly string[];
  readonly whole: readonly string[];
}

async function run(capture: string, options: AggregateOptions): Promise<Run> {
  const rows: Row[] = [];
  let schema: Schema | null = null;
  const source = captureFile(capture, { decodeTunnels: 'all' });
  try {
    for await (const batch of source.pipe(aggregate(options))) {
      schema = batch.schema;
      const names = batch.schema.fields.map(({ name }) => name);
      for (const flow of batch) rows.push(Object.fromEntries(flow.values().map((value, index) => [names[index]!, value])));
    }
  } catch (error) {
    if (!source.report().damages.includes(error as never)) throw error;
  }
  const names = (frozen: boolean): string[] => schema!.fields.filter((field) => (field.frozen ?? false) === frozen).map(({ name }) => name);
  return { rows, frozen: names(true), whole: names(false) };
}

const some = (row: Row, names: readonly string[]): Row => Object.fromEntries(names.map((name) => [name, row[name]!]));

/** What hooks see of each flow at some of its packets, or at its end when it has fewer. By the flow's `id`, then by number of the packet. */
class Snapshots extends FlowPlugin {
  readonly taken = new Map<number, Map<number, Row>>();
  readonly #at: readonly number[];
  readonly #names: readonly string[];
  readonly #open = new Map<number, Map<number, Row>>();

  constructor(at: readonly number[], names: readonly string[]) {
    super();
    this.#at = at;
    this.#names = names;
  }

  override onInit(_packet: HookPacket, flow: HookFlow): void {
    this.#open.set(flow.handle, new Map());
    this.#look(flow);
  }

  override onUpdate(_packet: HookPacket, flow: HookFlow): void {
    this.#look(flow);
  }

  override onExpire(flow: HookFlow): void {
    const seen = this.#open.get(flow.handle)!;
    for (const at of this.#at) if (!seen.has(at)) seen.set(at, this.#read(flow));
    this.taken.set(flow.id, seen);
    this.#open.delete(flow.handle);
  }

  #look(flow: HookFlow): void {
    if (this.#at.includes(flow.bidirectionalPackets)) this.#open.get(flow.handle)!.set(flow.bidirectionalPackets, this.#read(flow));
  }

  #read(flow: HookFlow): Row {
    return Object.fromEntries(this.#names.map((name) => [name, flow.column(name)!]));
  }
}

/**
 * Compares runs that are frozen with what hooks saw at that packet in a run that is not, and with that run in the columns that are not frozen.
 * @returns how many flows had more packets than were told of
 */
async function proveSnapshots(capture: string, options: AggregateOptions, packets: readonly number[]): Promise<number> {
  const plain = await run(capture, options);
  if (plain.rows.length === 0) return 0;
  const snapshots = new Snapshots(packets, plain.frozen);
  await run(capture, { ...options, plugins: [snapshots] });
  let longer = 0;
  for (const freezeAfter of packets) {
    const frozen = await run(capture, { ...options, freezeAfter });
    const name = `${capture}, freezeAfter ${freezeAfter}`;
    expect(frozen.rows, name).to.have.length(plain.rows.length);
    for (const [index, row] of frozen.rows.entries()) {
      expect(some(row, plain.whole), name).to.deep.equal(some(plain.rows[index]!, plain.whole));
      expect(some(row, plain.frozen), name).to.deep.equal(snapshots.taken.get(index)!.get(freezeAfter));
      if (Number(plain.rows[index]!['bidirectional_packets']) > freezeAfter) longer++;
    }
  }
  return longer;
}

/** Ends each flow with a packet, and ignores what comes of it behind that. */
class Cutter extends FlowPlugin {
  readonly #after: number;

  constructor(after: number) {
    super();
    this.#after = after;
  }

  override onInit(_packet: HookPacket, flow: HookFlow): void {
    if (this.#after === 1) flow.expire({ rest: 'ignore' });
  }

  override onUpdate(_packet: HookPacket, flow: HookFlow): void {
    if (flow.bidirectionalPackets === this.#after) flow.expire({ rest: 'ignore' });
  }
}

/** Compares a run that is frozen with one whose packets behind that one are cut away. @returns how many flows there are */
async function proveCut(capture: string, freezeAfter: number): Promise<number> {
  const options = { ...everything, dissections: 0, activeTimeout: Infinity };
  const frozen = await run(capture, { ...options, freezeAfter });
  const cut = await run(capture, { ...options, plugins: [new Cutter(freezeAfter)] });
  // The cut ones end earlier, so that they come in another order.
  const sorted = ({ rows }: Run): string[] => rows.map((row) => JSON.stringify(some(row, [...frozen.frozen, 'flow_uid', 'src_ip', 'dst_ip']))).sort();
  expect(sorted(frozen), `${capture}, freezeAfter ${freezeAfter}`).to.deep.equal(sorted(cut));
  return frozen.rows.length;
}

/** Where flows end in every way there is. */
const runs: readonly AggregateOptions[] = [
  { dissections: 0 },
  { dissections: 0, idleTimeout: 1, activeTimeout: 3, capacity: 3, timeUnit: 'us' },
  { dissections: 0, idleTimeout: 20, activeTimeout: 0.5, accountingMode: 'ip', tcpExpiry: 'fin', tcpLinger: 0.2, timestamps: 'iso' },
  { dissections: 0, tcpExpiry: 'rst', maxClockStep: 1 },
];

describe('freezeAfter', function () {
  this.timeout(600_000);

  for (const [index, options] of runs.entries()) {
    it(`tells of each flow as hooks see it at that packet, in every frozen column, with options ${index + 1}`, async () => {
      let longer = 0;
      for (const capture of [...capturesIn(fixtures), ...(thorough ? capturesIn(join(fixtures, 'built')) : [])])
        longer += await proveSnapshots(capture, { ...everything, ...options }, [(thorough ? [8, 2, 5, 1] : [7, 4, 3, 1])[index]!]);
      expect(longer).to.be.above(100);
    });
  }

  it('leaves labels, fingerprints and whatever else is found in packets behind that one as they are', async () => {
    let longer = 0;
    for (const name of ['office.pcap', 'tls.pcap', 'ssh.pcap', 'quic.pcap']) longer += await proveSnapshots(join(fixtures, name), everything, [1, 3]);
    expect(longer).to.be.above(20);
  });

  it('gives what a run gives whose packets behind that one are cut away', async () => {
    let flows = 0;
    for (const capture of [...capturesIn(fixtures), ...(thorough ? capturesIn(join(fixtures, 'built')) : [])])
      for (const after of thorough ? [1] : [3]) flows += await proveCut(capture, after);
    expect(flows).to.be.above(150);
  });

  it('does so in a folder of captures, when there is one', async () => {
    if (!existsSync(sharedCaptures)) {
      console.log(`      (there is no folder ${sharedCaptures}; set NFSTREAM_CAPTURES to one)`);
      return;
    }
    const captures = capturesIn(sharedCaptures);
    let longer = 0;
    for (const capture of thorough ? captures.filter((_, at) => at % 4 === 0) : captures.slice(0, 6)) {
      await proveCut(capture, 4);
      longer += await proveSnapshots(capture, { ...everything, dissections: 0 }, [4]);
    }
    expect(longer).to.be.above(10);
  });

  it('is the same with several meters', async () => {
    const [one, three] = [1, 3].map((meters) => run(join(fixtures, 'office.pcap'), { ...everything, dissections: 0, freezeAfter: 3, meters }));
    expect((await three!).rows).to.deep.equal((await one!).rows);
  });

  it('counts packets behind that one as in flows, and keeps the flow open with them', async () => {
    const report = async (freezeAfter: number): Promise<unknown> => {
      const stage = aggregate({ dissections: 0, idleTimeout: 2, freezeAfter });
      for await (const batch of captureFile(join(fixtures, 'office.pcap')).pipe(stage)) expect(batch.length).to.be.at.least(0);
      const { packets, flows, endReasons, ignored } = stage.report();
      return { packets, flows, endReasons, ignored };
    };
    expect(await report(2)).to.deep.equal(await report(0));
  });

  for (const freezeAfter of [-1, 1.5, '3', null]) {
    it(`refuses ${JSON.stringify(freezeAfter)}`, () => {
      expect(() => aggregate({ freezeAfter: freezeAfter as never }))
        .to.throw('for freezeAfter but received')
        .with.property('code', typeof freezeAfter === 'number' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE');
    });
  }
});
