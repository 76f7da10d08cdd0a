import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { command } from '../../lib/cli/command.js';
import { Streamer } from '../../lib/index.js';
import { testFolder } from '../files/file-folder.js';
import { contentOf, type PageContent } from '../report/page-content.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const office = join(root, 'fixtures/office.pcap');

async function report(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const stderr = new PassThrough().on('data', (text: Buffer) => (said += text.toString()));
  const outside = {
    stdin: { isTTY: true },
    stdout: Object.assign(new PassThrough(), { isTTY: true, columns: 100 }),
    stderr,
    signals: new EventEmitter(),
    quit: () => {},
    env: {},
  };
  const code = await command(['report', ...args], outside);
  return { code, said };
}

describe('nfstream report', () => {
  const { path, files } = testFolder();
  const page = (name: string): PageContent => contentOf(readFileSync(path(name), 'utf8'));

  it('makes a page of a capture, with the columns that its figures show', async () => {
    const { code, said } = await report(office, '-o', path('office.html'));
    expect([code, said]).to.satisfy(([, text]: [number, string]) => /^nfstream: 194 flows, a page of \d+ kB in \d+\.\d\d s\n$/.test(text));
    const { data } = page('office.html');
    expect([code, data.title, data.told.flows]).to.deep.equal([0, 'office.pcap', 194]);
    expect(data.columns.map(({ name }) => name)).to.include.members(['ja4', 'tls_version', 'dns_query', 'risks', 'tcp_state']);
  });

  it('makes the same sums of a file of flows', async () => {
    await new Streamer({ source: office, features: 'full' }).toParquet(path('flows.parquet'));
    expect(await report(path('flows.parquet'), '-o', path('a.html'), '-q')).to.deep.equal({ code: 0, said: '' });
    expect(await report(office, '-o', path('b.html'), '-q', '--features', 'full')).to.deep.equal({ code: 0, said: '' });
    const [flows, capture] = [page('a.html').data.told, page('b.html').data.told];
    expect(flows).to.deep.equal(capture);
  });

  it('keeps some of the flows, hides who it was, and takes a title, columns and room', async () => {
    const hide = ['--anonymize', 'src_ip,dst_ip'];
    const line = [
      office,
      '-o',
      path('x.html'),
      '-q',
      '--where',
      'dst_port == 443',
      '--title',
      'TLS <only>',
      '--table-columns',
      'vlan_id',
      '--flow-bytes',
      '0',
      ...hide,
    ];
    expect(await report(...line)).to.deep.equal({ code: 0, said: '' });
    const { data, html } = page('x.html');
    expect([data.title, data.withoutFlows]).to.deep.equal(['TLS <only>', 0]);
    expect(html).to.include('<title>TLS &#60;only&#62;</title>');
    expect(data.columns.map(({ name }) => name)).to.include('vlan_id');
    expect([...new Set(data.told.tables.ports.cells.map(({ key }) => key.port))]).to.deep.equal([443]);
    for (const { key } of data.told.tables.hosts.cells) expect(key.host).to.match(/^[0-9a-f]{32,}$/);
  });

  it('has the good part of a damaged capture, and says what is wrong', async () => {
    writeFileSync(path('cut.pcap'), readFileSync(office).subarray(0, 100_000));
    const { code, said } = await report(path('cut.pcap'), '-o', path('cut.html'));
    expect(said).to.match(/^nfstream: \d+ flows, a page .*\nnfstream: .*cut\.pcap.*(end|cut)/);
    expect([code, existsSync(path('cut.html'))]).to.deep.equal([1, true]);
  });

  const wrong: readonly (readonly [args: readonly string[], said: RegExp, code?: number])[] = [
    [[], /^Usage: nfstream report/],
    [[office], /^nfstream: A page is not for a terminal; write it to a file with -o, or into a pipe\.\n/],
    [[office, '-o', office], /^nfstream: .*input/],
    [[office, '-o', 'x.html', '--flow-bytes', 'many'], /^nfstream: --flow-bytes takes a whole number from 0 to 200000000, not "many"\.\n/],
    [[office, '-o', 'x.html', '--anonymize-method', 'prefix'], /^nfstream: Say with --anonymize which columns/],
    [[office, '-o', 'x.html', '--where', 'colour =='], /^nfstream: --where/],
    [['-', '-o', 'x.html'], /^nfstream: Standard input is a terminal/],
    [['nothing.pcap', '-o', 'x.html'], /^nfstream: .*nothing\.pcap/, 1],
  ];
  for (const [args, expected, exit = 2] of wrong) {
    it(`refuses ${JSON.stringify(args.map((arg) => arg.replace(root, '')))}`, async () => {
      const { code, said } = await report(...args);
      expect(said).to.match(expected);
      expect(code).to.equal(exit);
      expect(files()).to.deep.equal([]);
    });
  }

  it('writes to standard output where that is a pipe', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import=tsx', join(root, 'lib/cli/main.ts'), 'report', office, '-q'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    });
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(contentOf(stdout).data.told.flows).to.equal(194);
  });
});
