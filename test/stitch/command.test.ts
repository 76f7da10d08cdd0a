import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { thorough } from '../thorough.js';
import { commandLine } from '../program.js';
import { nfstream } from '../cli/in-process.js';
import { workFolder } from '../cli/made-capture.js';
import { random, withPieces } from './cut-runs.js';

describe('nfstream stitch', () => {
  const { path } = workFolder();
  before(async () => void (await nfstream('fixtures/dns.pcap', '-q', '-o', path('none.csv'))));
  const read = (name: string): string => readFileSync(path(name), 'utf8');

  for (const format of thorough ? ['parquet', 'arrow', 'arrows', 'csv', 'json', 'jsonl'] : ['parquet', 'csv'])
    it(`makes whole flows of pieces in ${format}, in any order of files`, async () => {
      await withPieces('fixtures/office.pcap', 3, random(7), async (captures) => {
        const files: string[] = [];
        for (const [index, capture] of captures.entries()) {
          const file = path(`${index}.${format}`);
          expect((await nfstream(capture, '--partial', '--splt', '5', '-q', '-o', file)).stderr).to.equal('');
          files.unshift(file);
        }
        const { code, stderr } = await nfstream('stitch', ...files, '-o', path('whole.csv'));
        expect(stderr).to.match(/^nfstream: 194 flows of 196 pieces in 3 captures(; \d flows? not exact in all columns \(stitch_inexact\))? in \d+\.\d\d s\n$/);
        expect(code).to.equal(0);
        await nfstream(...captures, '--active-timeout', 'none', '--splt', '5', '--fields', names.join(), '-q', '-o', path('run.csv'));
        await nfstream('convert', path('whole.csv'), '-o', path('same.jsonl'), '-q');
        await nfstream('convert', path('run.csv'), '-o', path('run.jsonl'), '-q');
        const rows = (file: string): unknown[] =>
          read(file)
            .trim()
            .split('\n')
            .map((line) => names.map((name) => (JSON.parse(line) as Record<string, unknown>)[name]));
        expect(rows('same.jsonl')).to.deep.equal(rows('run.jsonl'));
      });
    });
  const names = ['id', 'src_ip', 'src_port', 'dst_ip', 'bidirectional_first_seen_ms', 'bidirectional_packets', 'dst2src_bytes', 'splt_ps', 'splt_piat_ms'];

  it('reads pieces from a pipe, as one run has made them', async () => {
    await withPieces('fixtures/office.pcap', 3, random(8), async (captures) => {
      const [node, ...module] = commandLine as [string, ...string[]];
      const pieces = execFileSync(node, [...module, ...captures, '--per-file', '--partial', '--format', 'arrows', '-q'], { maxBuffer: 1e9 });
      const flows = execFileSync(node, [...module, 'stitch', '-', '-q'], { input: pieces, encoding: 'utf8' });
      expect(flows.trim().split('\n')).to.have.length(194);
    });
  });

  it('keeps places, and refuses what is not exact, when it is asked to', async () => {
    await nfstream('fixtures/office.pcap', '--partial', '--tcp-state', '-q', '-o', path('p.jsonl'));
    await nfstream('stitch', path('p.jsonl'), '--keep-places', '--strict', '-q', '-o', path('k.jsonl'));
    expect(JSON.parse(read('k.jsonl').split('\n')[0]!)).to.include({ piece_capture: 'fixtures/office.pcap', piece_point: '', stitch_inexact: '' });
    await withPieces('fixtures/office.pcap', 9, random(1), async (captures) => {
      await nfstream(...captures, '--per-file', '--partial', '--tcp-state', '-q', '-o', path('cut.jsonl'));
      const { code, stderr } = await nfstream('stitch', path('cut.jsonl'), '--strict', '-q', '-o', path('s.csv'));
      expect([code, stderr]).to.satisfy(
        ([exit, text]: [number, string]) => exit === 1 && /^nfstream: The flow .* can't be made exactly in .*tcp_state/.test(text),
      );
    });
  });

  const refusals: [what: string, args: string[], stderr: RegExp, code: number][] = [
    ['standard input beside files', ['stitch', '-', 'a.parquet'], /give standard input \(-\) alone/, 2],
    ['flows that are no pieces', ['stitch', 'none.csv', '-o', 'x.csv'], /These flows are no pieces: they have no column piece_row/, 1],
    ['an active timeout with pieces', ['fixtures/dns.pcap', '--partial', '--active-timeout', '5'], /With partial, activeTimeout can't be 5/, 2],
    ['an end of TCP flows with pieces', ['fixtures/dns.pcap', '--partial', '--tcp-expiry', 'fin'], /With partial, tcpExpiry can't be/, 2],
    ['an observation point without pieces', ['fixtures/dns.pcap', '--observation-point', 'east'], /observationPoint needs partial/, 2],
  ];
  for (const [what, args, message, exit] of refusals)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await nfstream(...args.map((one) => (/^(none|x)\.csv$/.test(one) ? path(one) : one)));
      expect(stderr).to.match(message);
      expect(code).to.equal(exit);
    });
});
