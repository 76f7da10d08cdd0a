import { existsSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { toFile } from '../../lib/files/to-file.js';
import { sampleRows, streamOf } from '../samples.js';
import { nfstream } from './in-process.js';
import { madeCapture, workFolder } from './made-capture.js';

describe('nfstream convert', () => {
  const { path, write } = workFolder();
  const read = (name: string): string => readFileSync(path(name), 'utf8');

  before(async () => {
    for (const name of ['a.csv', 'a.jsonl', 'a.arrow', 'a.parquet']) await pipeline(streamOf([FlowBatch.from(sampleRows(500))]), toFile(path(name)));
  });

  it('writes the format that the name tells', async () => {
    const { code, stdout, stderr } = await nfstream('convert', path('a.jsonl'), '-o', path('b.csv'));
    expect([code, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.match(/^nfstream: 500 flows in \d+\.\d\d s\n$/);
    expect(read('b.csv')).to.equal(read('a.csv'));
    expect(await nfstream('convert', path('a.arrow'), '-o', path('b.txt'), '--format', 'jsonl', '-q')).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(read('b.txt')).to.equal(read('a.jsonl'));
  });

  it('keeps the flows for which a condition holds, and says how many', async () => {
    const { code, stderr } = await nfstream('convert', path('a.parquet'), '-o', path('w.csv'), '--where', 'src_port < 3 and note != null');
    expect(code).to.equal(0);
    expect(stderr).to.match(/^nfstream: 500 flows \(2 kept by --where\) in \d+\.\d\d s\n$/);
    expect(read('w.csv')).to.equal(
      read('a.csv')
        .split('\n')
        .filter((_, line) => line === 0 || line === 2 || line === 3)
        .join('\n') + '\n',
    );
    const { code: wrong, stderr: said } = await nfstream('convert', path('a.parquet'), '-o', path('x.csv'), '--where', 'src_prt < 3');
    expect([wrong, said, existsSync(path('x.csv'))]).to.deep.equal([
      2,
      'nfstream: where, column 1: there is no column src_prt; did you mean src_port?\nTry nfstream --help.\n',
      false,
    ]);
  });

  it('reads Parquet', async () => {
    const { code, stdout, stderr } = await nfstream('convert', path('a.parquet'), '-o', path('p.csv'));
    expect([code, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.match(/^nfstream: 500 flows in \d+\.\d\d s\n$/);
    expect(read('p.csv')).to.equal(read('a.csv'));
    expect((await nfstream('convert', path('a.parquet'), '--from', 'parquet', '-o', path('p.jsonl'), '-q')).code).to.equal(0);
    expect(read('p.jsonl')).to.equal(read('a.jsonl'));
  });

  it('writes several files in one run', async () => {
    expect((await nfstream('convert', path('a.arrow'), '-o', path('c.csv'), '-o', path('c.jsonl'), '-q')).code).to.equal(0);
    expect([read('c.csv'), read('c.jsonl')]).to.deep.equal([read('a.csv'), read('a.jsonl')]);
    const capture = write('talk.pcap', madeCapture([{ ms: 0 }, { ms: 5, from: 3 }]));
    expect((await nfstream(capture, '-o', path('t.csv'), '-o', path('t.jsonl'), '--delimiter', ';', '-q')).code).to.equal(0);
    expect([read('t.csv').split('\n')[1]!.split(';')[0], read('t.jsonl').trim().split('\n').length]).to.deep.equal(['0', 2]);
  });

  it('puts files with the same columns one behind the other', async () => {
    write('one.csv', 'id,note\n1,a\n');
    write('two.csv', 'id,note\n2,b\n');
    write('three.csv', 'id,other\n3,c\n');
    expect((await nfstream('convert', path('one.csv'), path('two.csv'), '-o', path('both.jsonl'), '-q')).code).to.equal(0);
    expect(read('both.jsonl')).to.equal('{"id":1,"note":"a"}\n{"id":2,"note":"b"}\n');
    const { code, stderr } = await nfstream('convert', path('one.csv'), path('three.csv'), '-o', path('no.jsonl'), '-q');
    expect([code, existsSync(path('no.jsonl'))]).to.deep.equal([1, false]);
    expect(stderr).to.match(/^nfstream: .*other came in.*\n$/);
  });

  it('writes what is in front of the damage, tells it, and exits with 1', async () => {
    const whole = readFileSync(path('a.jsonl'));
    write('.a.jsonl.1-0.part', whole.subarray(0, whole.length - 5));
    const { code, stderr } = await nfstream('convert', path('.a.jsonl.1-0.part'), '-o', path('saved.jsonl'));
    expect(code).to.equal(1);
    expect(stderr).to.match(/^nfstream: 499 flows in .* s\nnfstream: .*\.part: in row 500 \(at byte \d+\) the object has no end: it was cut off\.\n$/);
    expect(read('saved.jsonl')).to.equal(read('a.jsonl').trimEnd().split('\n').slice(0, -1).join('\n') + '\n');
    expect((await nfstream('convert', path('.a.jsonl.1-0.part'), '-o', path('none.csv'), '--on-damage', 'abort')).code).to.equal(1);
    expect(existsSync(path('none.csv'))).to.equal(false);
  });

  it('takes the types and names that it is told', async () => {
    write('bare.csv', '007,5\n');
    expect((await nfstream('convert', path('bare.csv'), '-o', path('bare.jsonl'), '--columns', 'code,n', '--types', 'code=int,n=text', '-q')).code).to.equal(0);
    expect(read('bare.jsonl')).to.equal('{"code":7,"n":"5"}\n');
  });

  const failures: [what: string, args: () => string[], code: number, stderr: RegExp][] = [
    ['no file', () => ['convert'], 2, /^Usage: nfstream convert /],
    ['a file that is not there', () => ['convert', path('gone.csv'), '-o', path('x.csv')], 1, /^nfstream: There is no file .*gone\.csv\.\n$/],
    ['a capture', () => ['convert', write('c.pcap', madeCapture([{ ms: 0 }])), '-o', path('x.csv')], 1, /^nfstream: .*c\.pcap is a capture of packets/],
    ['an output that is the input', () => ['convert', path('a.csv'), '-o', path('a.csv')], 2, /^nfstream: The output .* is one of the inputs/],
    ['an output twice', () => ['convert', path('a.csv'), '-o', path('x.csv'), '-o', path('x.csv')], 2, /is given twice/],
    [
      'an output by two names',
      () => ['convert', path('a.csv'), '-o', path('x.csv'), '-o', `${path('.')}/./x.csv`],
      2,
      /^nfstream: The outputs .*x\.csv and .*x\.csv are one file; give it once\.\nTry nfstream --help\.\n$/,
    ],
    [
      'one format for two outputs',
      () => ['convert', path('a.csv'), '-o', path('x.csv'), '-o', path('y.csv'), '--format', 'csv'],
      2,
      /--format is for one output/,
    ],
    ['an output without a format', () => ['convert', path('a.csv'), '-o', path('x.xyz')], 2, /does not tell a format/],
    [
      'a wrong type',
      () => ['convert', path('a.csv'), '--types', 'x=number'],
      2,
      /--types takes a type \(int, float, text\) for each name, as in src_port=int,note=text, not "x=number"/,
    ],
    [
      'Parquet that was cut off',
      () => ['convert', write('torn.parquet', readFileSync(path('a.parquet')).subarray(0, -100)), '-o', path('x.csv')],
      1,
      /^nfstream: .*torn\.parquet: the Parquet file has no end, without which it cannot be read: it was cut off\.\n$/,
    ],
    ['a terminal as input', () => ['convert', '-'], 2, /Standard input is a terminal/],
    ['an unknown option', () => ['convert', path('a.csv'), '--form', 'csv'], 2, /There is no option --form\./],
  ];
  for (const [what, args, code, stderr] of failures) {
    it(`exits with ${code} for ${what}`, async () => {
      const result = await nfstream(...args());
      expect(result.stderr).to.match(stderr);
      expect([result.code, result.stdout]).to.deep.equal([code, '']);
    });
  }

  it('prints its help', async () => {
    const { code, stdout } = await nfstream('convert', '--help');
    expect([code, stdout.startsWith('Usage: nfstream convert ')]).to.deep.equal([0, true]);
  });
});

describe('nfstream summary', () => {
  const { path, write } = workFolder();
  const row = (n: number, more: object = {}): Record<string, unknown> => ({
    src_ip: '10.0.0.1',
    dst_ip: `10.0.0.${n}`,
    protocol: n % 2 === 0 ? 6 : 17,
    application_name: `App${n % 3}`,
    bidirectional_packets: 2,
    bidirectional_bytes: 100 * n,
    dst_port: 443,
    bidirectional_duration_ms: n,
    bidirectional_first_seen_ms: 1_700_000_000_000,
    bidirectional_last_seen_ms: 1_700_000_060_000,
    ...more,
  });

  it('tells totals, tables and histograms in 80 columns, from every format', async () => {
    const batch = FlowBatch.from(Array.from({ length: 9 }, (_, n) => row(n + 2)));
    const screens: string[] = [];
    for (const name of ['s.csv', 's.jsonl', 's.arrow', 's.parquet']) {
      await pipeline(streamOf([batch]), toFile(path(name)));
      const { code, stdout, stderr } = await nfstream('summary', path(name), '--top', '2');
      expect([code, stderr]).to.deep.equal([0, '']);
      screens.push(stdout.replace(path(name), 'FILE'));
    }
    expect(new Set(screens).size).to.equal(1);
    const lines = screens[0]!.split('\n');
    expect(lines[0]).to.equal('FILE: 9 flows, 18 packets, 5.4 kB');
    expect(lines[1]).to.equal('2023-11-14 22:13:20 to 2023-11-14 22:14:20 UTC, 1m 00s');
    expect(lines[3]).to.match(/^BYTES OVER TIME +MOST  in steps of 1\.20 s$/);
    expect(lines[4]).to.match(/^everything +108 B  █{50}$/);
    expect(lines[5]).to.match(/^App1 +42 B  █{50}$/);
    expect(lines[9]).to.match(/^APPLICATIONS BY BYTES +BYTES SHARE +FLOWS$/);
    expect(lines[10]).to.match(/^App1 +2\.1 kB +39% +3 +#+$/);
    expect(lines[11]).to.match(/^App0 +1\.8 kB +33% +3 +#+$/);
    expect(lines[12]).to.equal('');
    expect(screens[0])
      .to.match(/\n10\.0\.0\.1 +5\.4 kB +100% +9 +#+\n/)
      .and.match(/\n10\.0\.0\.1 -> 10\.0\.0\.10 +1\.0 kB +19% +1 +#+\n/)
      .and.match(/\nTCP .*\nUDP /)
      .and.match(/\nUDP 443 +2\.4 kB +44% +4 +#+\n/)
      .and.match(/\nfrom 10\.0 s +9 +#+\n\nSIZES +FLOWS\nfrom 100 B +8 +#+\nfrom 1\.0 kB +1 +#+\n/);
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
  });

  it('makes the flows of a capture', async () => {
    const capture = write('talk.pcap', madeCapture([{ ms: 0 }, { ms: 50, from: 3 }]));
    const { code, stdout } = await nfstream('summary', capture);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/talk\.pcap: 2 flows, 2 packets, 94 B\n/)
      .and.match(/\nUnknown +94 B +100% +2 /);
  });

  it('shows nothing of the network that moves the cursor', async () => {
    await pipeline(streamOf([FlowBatch.from([row(2, { application_name: '\x1b[2J\u202egpj\n漢字'.repeat(9) })])]), toFile(path('h.csv')));
    const { stdout } = await nfstream('summary', path('h.csv'));
    expect(stdout.replaceAll('\n', '')).not.to.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  it('leaves out what no column tells', async () => {
    write('few.csv', 'note\na\n');
    const { code, stdout } = await nfstream('summary', path('few.csv'));
    expect([code, stdout]).to.deep.equal([0, `${path('few.csv')}: 1 flow, 0 packets, 0 B\n`]);
  });

  it('tells what is in front of the damage, and exits with 1', async () => {
    write('torn.csv', 'id,bidirectional_bytes\n1,70\n2,8');
    const { code, stdout, stderr } = await nfstream('summary', path('torn.csv'));
    expect([code, stdout.split('\n')[0]]).to.deep.equal([1, `${path('torn.csv')}: 1 flow, 0 packets, 70 B`]);
    expect(stderr).to.match(/in row 2 .* the line has no end/);
    expect(await nfstream('summary', path('gone'))).to.deep.equal({ code: 1, stdout: '', stderr: `nfstream: There is no file ${path('gone')}.\n` });
    expect((await nfstream('summary', path('torn.csv'), '--top', '0')).code).to.equal(2);
    expect(await nfstream('summary', path('torn.csv'), '--where', 'nothing == 1')).to.deep.include({ code: 2, stdout: '' });
  });
});
