import { createReadStream, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { aggregate } from '../../lib/aggregate/aggregate.js';
import type { FlowBatch } from '../../lib/flows/flow-batch.js';
import { anonymize } from '../../lib/anonymize/anonymize.js';
import { captureFile, captureStream } from '../../lib/capture/index.js';
import { FlowError } from '../../lib/errors.js';
import { tee } from '../../lib/files/tee.js';
import { toFilePerSource } from '../../lib/files/to-file-per-source.js';
import { toFile } from '../../lib/files/to-file.js';
import { fromCsv, fromFile } from '../../lib/read/readers.js';
import { Streamer } from '../../lib/streamer.js';
import { pcap } from '../capture/build-capture.js';
import { failureOf, testFolder } from './file-folder.js';

const noLabels = { dissections: 0 } as const;
const passing = (): Transform => new Transform({ objectMode: true, transform: (batch, _encoding, callback) => callback(null, batch) });
async function* iterating(batches: AsyncIterable<FlowBatch>): AsyncGenerator<FlowBatch, void> {
  for await (const batch of batches) yield batch;
}

describe('outputs that are inputs', () => {
  const { path, files } = testFolder();
  const capture = pcap(3);
  const csv = Buffer.from('id,src_ip\n1,10.0.0.1\n');
  const toCsv = (output: string) => toFile(output, { format: 'csv' });

  beforeEach(() => {
    for (const name of ['captures', 'links']) mkdirSync(path(name));
    writeFileSync(path('captures/a-0.pcap'), capture);
    writeFileSync(path('captures/b.pcap'), capture);
    writeFileSync(path('flows.csv'), csv);
    symlinkSync('../captures/a-0.pcap', path('links/symbolic'));
    symlinkSync('symbolic', path('links/twice'));
    symlinkSync('../captures', path('links/folder'));
    linkSync(path('captures/a-0.pcap'), path('links/hard'));
    symlinkSync('../flows.csv', path('links/flows'));
  });

  const names = ['captures/a-0.pcap', 'captures/../captures/./a-0.pcap', 'links/symbolic', 'links/twice', 'links/folder/a-0.pcap', 'links/hard'];
  const source = (): string => path('captures/a-0.pcap');
  const runs: [what: string, run: (output: string) => Promise<unknown>][] = [
    ['Streamer.toCsv()', (output) => new Streamer({ source: source(), ...noLabels }).toCsv(output)],
    ['Streamer.toParquet() of a folder', (output) => new Streamer({ source: [path('flows.csv'), path('captures')], ...noLabels }).toParquet(output)],
    ['toFile()', (output) => pipeline(captureFile(source()), aggregate(noLabels), toCsv(output))],
    ['toFile() behind a folder', (output) => pipeline(captureFile(path('links/folder')), aggregate(noLabels), toCsv(output))],
    ['toFile() behind anonymize()', (output) => pipeline(captureFile(source()), aggregate(noLabels), anonymize(['src_ip']), toCsv(output))],
    ['toFile() behind Transforms', (output) => pipeline(captureFile(source()), passing(), passing(), aggregate(noLabels), passing(), passing(), toCsv(output))],
    ['toFile() behind an async generator', (output) => pipeline(captureFile(source()), aggregate(noLabels), iterating, toCsv(output))],
    [
      'toFile() behind two sources',
      (output) =>
        pipeline(
          async function* () {
            yield* captureFile(path('captures/b.pcap'));
            yield* captureFile(source());
          },
          aggregate(noLabels),
          toCsv(output),
        ),
    ],
    ['toFile() behind captureStream()', (output) => pipeline(createReadStream(source()), captureStream(), aggregate(noLabels), toCsv(output))],
    ['tee()', (output) => pipeline(captureFile(source()), aggregate(noLabels), tee(toFile(path('other.json')), toCsv(output)))],
    [
      'toFilePerSource()',
      (output) =>
        pipeline(
          captureFile(source(), { perFile: true }),
          aggregate(noLabels),
          toFilePerSource(output.replace('a-0', '{name}').replace(/(symbolic|twice|hard)$/, '$1{name}'), { format: 'csv' }),
        ),
    ],
  ];
  for (const [what, run] of runs) {
    it(`are refused by ${what}, through links too, and stay as they are`, async () => {
      const before = files();
      for (const name of names) {
        if (what === 'toFilePerSource()' && !name.includes('a-0')) continue; // a pattern
        const error = await failureOf(run(name.includes('..') ? `${relative('.', path())}/${name}` : path(name)));
        expect(error, name).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_OUTPUT_IS_INPUT');
        expect(error.message).to.match(/^The output .*(a-0\.pcap|symbolic|twice|hard) is one of the inputs; give it another name\.$/);
        expect([files(), readFileSync(source()).equals(capture)]).to.deep.equal([before, true]);
      }
    });
  }

  const ofFlows: typeof runs = [
    ['fromFile()', (output) => pipeline(fromFile(path('flows.csv')), toCsv(output))],
    ['fromFile() of several', (output) => pipeline(fromFile([path('links/flows'), path('flows.csv')]), iterating, toCsv(output))],
    ['fromCsv() of a stream', (output) => pipeline(fromCsv(createReadStream(path('flows.csv'))), toCsv(output))],
  ];
  for (const [what, run] of ofFlows) {
    it(`are refused behind ${what}`, async () => {
      const before = files();
      for (const name of ['flows.csv', 'links/flows']) {
        expect((await failureOf(run(path(name)))).code).to.equal('ERR_NFSTREAM_OUTPUT_IS_INPUT');
        expect([files(), readFileSync(path('flows.csv')).equals(csv)]).to.deep.equal([before, true]);
      }
    });
  }

  it('are refused where a pattern names them', async () => {
    const before = files();
    const perFile = new Streamer({ source: path('captures'), perFile: true, ...noLabels });
    for (const pattern of [path('captures/{file}'), path('links/folder/{name}.pcap')])
      expect((await failureOf(perFile.toCsv(pattern))).code).to.equal('ERR_NFSTREAM_OUTPUT_IS_INPUT');
    const rotated = new Streamer({ source: path('captures'), ...noLabels });
    expect((await failureOf(rotated.toCsv(path('captures/a-{n}.pcap'), { rotate: { flows: 2 } }))).code).to.equal('ERR_NFSTREAM_OUTPUT_IS_INPUT');
    expect([files(), readFileSync(source()).equals(capture)]).to.deep.equal([before, true]);
  });

  it('are not files that only stand beside them', async () => {
    expect(await new Streamer({ source: path('captures'), ...noLabels }).toCsv(path('flows.csv'))).to.be.greaterThan(0);
    expect(readFileSync(source()).equals(capture)).to.equal(true);
  });
});

describe('two outputs that are one file', () => {
  const { path, files } = testFolder();

  it('are refused by tee(), whatever they are called', () => {
    writeFileSync(path('a.csv'), 'old');
    symlinkSync('a.csv', path('link.csv'));
    symlinkSync('new.csv', path('dangling.csv'));
    symlinkSync('.', path('here'));
    const before = files();
    const pairs: [first: string, second: string][] = [
      ['a.csv', 'a.csv'],
      ['a.csv', './a.csv'],
      ['a.csv', 'link.csv'],
      ['new.csv', 'dangling.csv'],
      ['here/here/new.csv', 'new.csv'],
      ['no/folder.csv', 'no/./folder.csv'],
    ];
    for (const [first, second] of pairs) {
      expect(() => tee(toFile(`${path()}/${first}`), toFile(`${path()}/${second}`)), `${first} ${second}`)
        .to.throw(FlowError, /are one file/)
        .with.property('code', 'ERR_NFSTREAM_OUTPUT_NAMES');
    }
    expect(files()).to.deep.equal(before);
  });

  it('may be a device, and differ by more than their folder', () => {
    tee(toFile('/dev/null', { format: 'csv' }), toFile('/dev/null', { format: 'json' }), toFile(path('a.csv')), toFile(path('A.csv')), toFile(path('b/a.csv')));
  });
});
