import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { tableFromIPC } from 'apache-arrow';
import { FlowError } from '../lib/errors.js';
import { fromFile } from '../lib/read/readers.js';
import type { Progress } from '../lib/progress.js';
import { Streamer, type StreamerOptions } from '../lib/streamer.js';
import { table, type TableSource } from '../lib/table.js';
import { dnsQuestion, madeCapture, manyFlows, workFolder } from './cli/made-capture.js';
import { until } from './waiting.js';

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    expect(error).to.be.instanceOf(FlowError);
    return (error as FlowError).code;
  }
  return 'nothing was thrown';
}

async function idsOf(streamer: Streamer): Promise<number[]> {
  const ids: number[] = [];
  for await (const flow of streamer) ids.push(flow.id);
  return ids;
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('Streamer', () => {
  const { path, write } = workFolder();
  const talk = madeCapture([
    { ms: 0, payload: dnsQuestion('www', 'example', 'com'), destinationPort: 53 },
    { ms: 5, from: 3, to: 4 },
    { ms: 9, from: 4, to: 3, sourcePort: 9997, destinationPort: 40000 },
  ]);
  let source: string;
  before(() => {
    source = write('talk.pcap', talk);
  });

  it('gives flows, one at a time', async () => {
    const seen: unknown[] = [];
    for await (const flow of new Streamer({ source })) {
      seen.push([flow.id, flow.srcIp, flow.dstPort, flow.bidirectionalPackets, flow.applicationName, flow.requestedServerName]);
    }
    expect(seen).to.deep.equal([
      [0, '10.0.0.1', 53, 1, 'DNS', 'www.example.com'],
      [1, '10.0.0.3', 9997, 2, 'Unknown', ''],
    ]);
  });

  it('opens its source anew each time, also at the same time', async () => {
    const streamer = new Streamer({ source });
    expect(await idsOf(streamer)).to.deep.equal([0, 1]);
    expect(await Promise.all([idsOf(streamer), idsOf(streamer), streamer.toCsv(path('again.csv'))])).to.deep.equal([[0, 1], [0, 1], 2]);
  });

  it('anonymises, with a key of its own for each run or a given one', async () => {
    const addresses = async (streamer: Streamer): Promise<string[]> => {
      const seen: string[] = [];
      for await (const flow of streamer) seen.push(flow.srcIp);
      return seen;
    };
    const streamer = new Streamer({ source, anonymize: ['src_ip'] });
    const [first, second] = [await addresses(streamer), await addresses(streamer)];
    for (const seen of [first, second]) for (const address of seen) expect(address).to.match(/^[0-9a-f]{128}$/);
    expect(first).to.not.deep.equal(second);
    const keyed = new Streamer({ source, anonymize: { columns: ['src_ip'], method: 'prefix', key: Buffer.alloc(32, 7) } });
    expect(await addresses(keyed))
      .to.deep.equal(await addresses(keyed))
      .and.to.not.include('10.0.0.1');
    expect(await keyed.toCsv(path('hidden.csv'))).to.equal(2);
    expect(readFileSync(path('hidden.csv'), 'utf8'))
      .to.include(',10.0.0.2,')
      .and.to.not.match(/,10\.0\.0\.[13],/);
    for (const [anonymize, code] of [
      [[], 'ERR_NFSTREAM_OPTION_TYPE'],
      [{ columns: ['src_ip'], key: 'x' }, 'ERR_NFSTREAM_OPTION_TYPE'],
      [{ column: 'src_ip' }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
    ] as const) {
      expect(await codeOf(() => new Streamer({ source, anonymize } as unknown as StreamerOptions))).to.equal(code);
    }
    expect(await codeOf(() => addresses(new Streamer({ source, anonymize: ['nothing'] })))).to.equal('ERR_NFSTREAM_COLUMN');
    expect(await codeOf(() => new Streamer({ source, columns_to_anonymize: ['src_ip'] } as unknown as StreamerOptions))).to.equal(
      'ERR_NFSTREAM_OPTION_UNKNOWN',
    );
  });

  it('leaves no trace of what it anonymises in any column', async () => {
    const office = fileURLToPath(new URL('../fixtures/office.pcap', import.meta.url));
    const options: StreamerOptions = { source: office, features: 'full', payloadBytes: 200 };
    const columns = ['src_ip', 'dst_ip', 'src_mac', 'dst_mac', 'requested_server_name'];
    const originals = new Set<string>();
    for await (const flow of new Streamer(options)) for (const name of columns) originals.add((flow.toJSON() as Record<string, string>)[name]!);
    originals.delete('');
    expect(originals.size).to.be.above(60);
    await new Streamer({ ...options, anonymize: columns }).toCsv(path('traceless.csv'));
    const text = readFileSync(path('traceless.csv'), 'utf8');
    for (const original of originals) {
      expect(text).to.not.include(original);
      expect(text).to.not.include(Buffer.from(original).toString('hex'));
    }
  });

  it('rotates files and makes partitions in every format', async () => {
    const streamer = new Streamer({ source });
    expect(await streamer.toCsv(path('r-{n}.csv'), { rotate: { flows: 1 } })).to.equal(2);
    expect(await streamer.toJson(path('r-{n}.json'), { rotate: { flows: 1 } })).to.equal(2);
    expect(await streamer.toArrow(path('tree'), { partitionBy: 'application_name' })).to.equal(2);
    for (const name of ['r-0.csv', 'r-1.csv', 'r-0.json', 'r-1.json', 'tree/application_name=DNS/part-0.arrows', 'tree/application_name=Unknown/part-0.arrows'])
      expect(existsSync(path(name)), name).to.equal(true);
  });

  it('writes every format and tells the number of flows', async () => {
    const streamer = new Streamer({ source });
    expect(await streamer.toCsv(path('a.txt'), { delimiter: ';' })).to.equal(2);
    expect(readFileSync(path('a.txt'), 'utf8').split('\n')[1]).to.match(/^0;0;10\.0\.0\.1;/);
    expect(await streamer.toJson(path('a.json'))).to.equal(2);
    expect((JSON.parse(readFileSync(path('a.json'), 'utf8')) as unknown[]).length).to.equal(2);
    expect(await streamer.toJson(path('b.json'), { format: 'lines' })).to.equal(2);
    expect(await streamer.toJson(path('a.jsonl'))).to.equal(2);
    expect(readFileSync(path('a.jsonl'), 'utf8')).to.equal(readFileSync(path('b.json'), 'utf8'));
    expect(await streamer.toArrow(path('a.arrows'))).to.equal(2);
    expect(readFileSync(path('a.arrows')).readInt32LE(0)).to.equal(-1);
    expect(await streamer.toArrow(path('a.arrow'))).to.equal(2);
    expect(readFileSync(path('a.arrow')).toString('latin1', 0, 6)).to.equal('ARROW1');
    expect(await streamer.toFile(path('a.csv'))).to.equal(2);
    expect(tableFromIPC(readFileSync(path('a.arrow'))).numRows).to.equal(2);
  });

  it('reads several captures as one timeline', async () => {
    const later = write(
      'later.pcap',
      madeCapture([
        { ms: 20, from: 3, to: 4 },
        { ms: 200_000, from: 9 },
      ]),
    );
    const packets: number[] = [];
    for await (const flow of new Streamer({ source: [source, later] })) packets.push(flow.bidirectionalPackets);
    expect(packets).to.deep.equal([1, 3, 1]);
  });

  it('passes options to both stages', async () => {
    expect(await idsOf(new Streamer({ source, filter: 'port 53' }))).to.deep.equal([0]);
    expect(await idsOf(new Streamer({ source, idleTimeout: 0 }))).to.deep.equal([0, 1, 2]);
    for await (const flow of new Streamer({ source, dissections: 0, decodeTunnels: false, endReason: true })) {
      expect(flow.applicationName).to.equal(undefined);
      expect(flow.tunnelId).to.equal(undefined);
      expect(flow.endReason).to.equal('end');
    }
  });

  it('closes the source when the loop is left early', async () => {
    const long = write('long.pcap', madeCapture(manyFlows(50_000)));
    const streamer = new Streamer({ source: long, idleTimeout: 0, dissections: 0 });
    const before = openFiles();
    for (let round = 0; round < 5; round++) {
      for await (const flow of streamer) if (flow.id === 10) break;
    }
    await until(() => openFiles() <= before);
    expect(openFiles()).to.be.at.most(before);
  });

  it('throws damage after the last flow, and writes whole files before it', async () => {
    const cut = write('cut.pcap', talk.subarray(0, talk.length - 3));
    const ids: number[] = [];
    const code = await codeOf(async () => {
      for await (const flow of new Streamer({ source: cut })) ids.push(flow.id);
    });
    expect([code, ids]).to.deep.equal(['ERR_NFSTREAM_TRUNCATED', [0, 1]]);
    expect(await codeOf(() => new Streamer({ source: cut }).toJson(path('cut.json')))).to.equal('ERR_NFSTREAM_TRUNCATED');
    expect((JSON.parse(readFileSync(path('cut.json'), 'utf8')) as unknown[]).length).to.equal(2);
  });

  it('stops when it is aborted, and leaves no file', async () => {
    const abort = new AbortController();
    const long = write('endless.pcap', madeCapture(manyFlows(50_000)));
    const streamer = new Streamer({ source: long, idleTimeout: 0, dissections: 0, signal: abort.signal });
    let seen = 0;
    const run = async (): Promise<void> => {
      for await (const _ of streamer) if (++seen === 10) abort.abort();
    };
    const failure = await run().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error).with.property('name', 'AbortError');
    expect(seen).to.be.within(10, 30_000);
    const written = await streamer.toCsv(path('aborted.csv')).catch((error: unknown) => error);
    expect(written).to.be.instanceOf(Error).with.property('name', 'AbortError');
    expect(readdirSync(path('.')).filter((name) => name.includes('aborted'))).to.deep.equal([]);
  });

  it('tells of a source that is not there where it is read', async () => {
    const streamer = new Streamer({ source: path('nowhere.pcap') });
    expect(await codeOf(() => idsOf(streamer))).to.equal('ERR_NFSTREAM_NO_SUCH_FILE');
    expect(await codeOf(() => streamer.toCsv(path('nothing.csv')))).to.equal('ERR_NFSTREAM_NO_SUCH_FILE');
    expect(existsSync(path('nothing.csv'))).to.equal(false);
  });

  it('refuses to replace a file when told so', async () => {
    write('kept.csv', 'mine');
    expect(await codeOf(() => new Streamer({ source }).toCsv(path('kept.csv'), { clobber: false }))).to.equal('ERR_NFSTREAM_OUTPUT_EXISTS');
    expect(readFileSync(path('kept.csv'), 'utf8')).to.equal('mine');
  });

  it('tells how far it is, the last time at the end', async () => {
    const told: Progress[] = [];
    await new Streamer({ source }).toCsv(path('told.csv'), { onProgress: (progress) => void told.push(progress) });
    expect(told.at(-1)).to.deep.equal({ flows: 2, packets: 3, bytesRead: talk.length, bytesTotal: talk.length });
    for (const write of ['toJson', 'toArrow', 'toFile'] as const) {
      told.length = 0;
      await new Streamer({ source })[write](path('told.json'), { onProgress: (progress) => void told.push(progress) });
      expect(told.at(-1)?.flows).to.equal(2);
    }
  });

  it('fails with what the progress callback throws, and leaves no file', async () => {
    const long = write('progress.pcap', madeCapture(manyFlows(50_000)));
    for (const onProgress of [
      () => {
        throw new Error('enough');
      },
      () => Promise.reject(new Error('enough')),
    ]) {
      // A FIFO that nobody reads: the run is under way until it fails.
      execFileSync('mkfifo', [path('unread')]);
      const failure = await new Streamer({ source: long, idleTimeout: 0, dissections: 0 })
        .toFile(path('unread'), { format: 'csv', onProgress })
        .catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error).with.property('message', 'enough');
      rmSync(path('unread'));
    }
    expect(await codeOf(() => new Streamer({ source }).toCsv(path('x.csv'), { onProgress: 5 as never }))).to.equal('ERR_NFSTREAM_OPTION_TYPE');
  });

  it('gives a table of apache-arrow, as table() does of any source', async () => {
    const streamer = new Streamer({ source });
    await streamer.toCsv(path('table.csv'));
    const sources: TableSource[] = [source, [source], path('table.csv'), { source, dissections: 0 }, streamer, fromFile(path('table.csv'))];
    for (const one of sources) {
      const flows = await table(one);
      expect([flows.numRows, [...flows.getChild('bidirectional_packets')!].map(Number)]).to.deep.equal([2, [1, 2]]);
    }
    expect((await streamer.toTable()).schema.fields[0]!.name).to.equal('id');
    expect(await codeOf(() => table(path('nowhere.csv')))).to.equal('ERR_NFSTREAM_NO_SUCH_FILE');
    for (const wrong of [5, '', [], null]) expect(await codeOf(() => table(wrong as never))).to.equal('ERR_NFSTREAM_OPTION_TYPE');
  });

  it('warns of damage whose flows are in a table', async () => {
    const cut = write('cut-table.pcap', talk.subarray(0, talk.length - 3));
    const warned = once(process, 'warning') as Promise<[Error & { code?: string }]>;
    expect((await table(cut)).numRows).to.equal(2);
    expect((await warned)[0].code).to.equal('ERR_NFSTREAM_TRUNCATED');
  });

  const mistakes: [options: unknown, code: string][] = [
    [undefined, 'ERR_NFSTREAM_OPTION_TYPE'],
    [{}, 'ERR_NFSTREAM_OPTION_TYPE'],
    [{ source: '' }, 'ERR_NFSTREAM_OPTION_TYPE'],
    [{ source: [] }, 'ERR_NFSTREAM_OPTION_TYPE'],
    [{ source: [1] }, 'ERR_NFSTREAM_OPTION_TYPE'],
    ['x.pcap', 'ERR_NFSTREAM_OPTION_TYPE'],
    [{ source: 'x', idleTimeout: '60' }, 'ERR_NFSTREAM_OPTION_TYPE'],
    [{ source: 'x', capacity: 0 }, 'ERR_NFSTREAM_OPTION_RANGE'],
    [{ source: 'x', inactive_timeout: 60 }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
    [{ source: 'x', delimiter: ';' }, 'ERR_NFSTREAM_OPTION_UNKNOWN'],
  ];
  for (const [options, code] of mistakes) {
    it(`refuses ${JSON.stringify(options)} when it is made`, async () => {
      expect(await codeOf(() => new Streamer(options as StreamerOptions))).to.equal(code);
    });
  }

  it('refuses options that a format does not have', async () => {
    const streamer = new Streamer({ source });
    const wrong = { format: 'array', delimiter: ';' } as { format: 'array' };
    expect(await codeOf(() => streamer.toJson(path('x.json'), wrong))).to.equal('ERR_NFSTREAM_OPTION_UNKNOWN');
    expect(await codeOf(() => streamer.toArrow(path('x.arrow'), { format: 'feather' as 'file' }))).to.equal('ERR_NFSTREAM_OPTION_RANGE');
    expect(await codeOf(() => streamer.toFile(path('x.xyz')))).to.equal('ERR_NFSTREAM_OUTPUT_FORMAT');
  });

  describe('of several captures', () => {
    let folder: string;
    before(() => {
      mkdirSync(path('many'));
      mkdirSync(path('out'));
      folder = path('many');
      write('many/b.pcap', madeCapture([{ ms: 0 }, { ms: 20, from: 7 }]));
      write('many/a.pcap', madeCapture([{ ms: 10, from: 5 }]));
    });
    const sourcesOf = async (options: Partial<StreamerOptions>): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const flow of new Streamer({ source: folder, dissections: 0, ...options })) seen.push([flow.id, flow.srcIp, flow['sourceFile']]);
      return seen;
    };

    it('reads a directory as one timeline, merged by time when asked', async () => {
      expect(await sourcesOf({ merge: true })).to.deep.equal([
        [0, '10.0.0.1', undefined],
        [1, '10.0.0.5', undefined],
        [2, '10.0.0.7', undefined],
      ]);
    });

    it('makes each a run of its own with perFile', async () => {
      const [a, b] = [`${folder}/a.pcap`, `${folder}/b.pcap`];
      expect(await sourcesOf({ perFile: true })).to.deep.equal([
        [0, '10.0.0.5', a],
        [1, '10.0.0.1', b],
        [2, '10.0.0.7', b],
      ]);
      expect(await sourcesOf({ perFile: true, maxFlows: 2 })).to.deep.equal([
        [0, '10.0.0.5', a],
        [1, '10.0.0.1', b],
      ]);
    });

    it('writes an output for each, and counts the flows of all', async () => {
      const streamer = new Streamer({ source: [folder], perFile: true, dissections: 0 });
      expect(await streamer.toCsv(path('out/{name}.csv'))).to.equal(3);
      expect(
        readFileSync(path('out/b.csv'), 'utf8')
          .split('\n')
          .map((line) => line[0]),
      ).to.deep.equal(['i', '0', '1', undefined]);
      expect(await streamer.toJson(path('out/{file}.json'))).to.equal(3);
      expect(readdirSync(path('out')).sort()).to.deep.equal(['a.csv', 'a.pcap.json', 'b.csv', 'b.pcap.json']);
    });

    it('refuses what cannot be, before anything is written', async () => {
      expect(await codeOf(() => new Streamer({ source: folder, merge: true, perFile: true }))).to.equal('ERR_NFSTREAM_OPTION_RANGE');
      expect(await codeOf(() => new Streamer({ source: folder }).toCsv(path('out/{name}.csv')))).to.equal('ERR_NFSTREAM_OPTION_RANGE');
      const twice = new Streamer({ source: [folder, folder], perFile: true });
      expect(await codeOf(() => twice.toCsv(path('out/{name}-twice.csv')))).to.equal('ERR_NFSTREAM_OUTPUT_NAMES');
      expect(readdirSync(path('out')).filter((name) => name.includes('twice'))).to.deep.equal([]);
    });
  });
});
