import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { command } from '../../lib/cli/command.js';
import { madeCapture, workFolder } from './made-capture.js';

interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command in this process, with pipes for its outputs. */
async function nfstream(...args: string[]): Promise<Finished> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs): PassThrough => new PassThrough().on('data', (chunk: Buffer) => (outputs[name] += chunk.toString()));
  const code = await command([...args, '--dissections', '0'], {
    stdin: {},
    stdout: output('stdout'),
    stderr: output('stderr'),
    signals: new EventEmitter(),
    quit: () => {},
    env: {},
  });
  return { code, ...outputs };
}

describe('the command with many captures', () => {
  const { path, write } = workFolder();
  const columns = ['id', 'src_port', 'source_file'];
  /** These columns of a CSV file, row by row. */
  const rowsOf = (csv: string, names: readonly string[] = columns): string[][] => {
    const [head, ...rows] = csv
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    return rows.map((row) => names.map((name) => row[head!.indexOf(name)]!));
  };
  const csvOf = (name: string): string => readFileSync(path(name), 'utf8');

  let folder: string;
  before(() => {
    folder = path('captures');
    mkdirSync(folder);
    mkdirSync(path('out'));
    write(
      'captures/file10.pcap',
      madeCapture([
        { ms: 0, sourcePort: 10 },
        { ms: 20, sourcePort: 11 },
      ]),
    );
    write('captures/file2.pcap', madeCapture([{ ms: 10, sourcePort: 2 }]));
    write('captures/empty.pcap', madeCapture([]));
    write('captures/labels.csv', 'not a capture');
  });

  it('reads a directory as its captures, in the order of their names', async () => {
    const { code, stderr } = await nfstream(folder, '-o', path('all.csv'));
    expect(code).to.equal(0);
    expect(rowsOf(csvOf('all.csv'), ['id', 'src_port'])).to.deep.equal([
      ['0', '2'],
      ['1', '10'],
      ['2', '11'],
    ]);
    expect(stderr).to.match(/^nfstream: Warning: .*file10\.pcap begins before .*\nnfstream: 3 captures: 3 packets, 1 late .*, 3 flows in /);
  });

  it('merges by time with --merge', async () => {
    const { code, stderr } = await nfstream(folder, '--merge', '-o', path('merged.csv'));
    expect(code).to.equal(0);
    expect(rowsOf(csvOf('merged.csv'), ['src_port'])).to.deep.equal([['10'], ['2'], ['11']]);
    expect(stderr).to.match(/^nfstream: 3 captures: 3 packets, 3 flows in [^\n]*\n$/);
  });

  it('makes a run of each with --per-file, in one output or in one each', async () => {
    const [two, ten] = [`${folder}/file2.pcap`, `${folder}/file10.pcap`];
    const one = await nfstream(folder, '--per-file', '-o', path('one.csv'));
    expect(one).to.deep.include({ code: 0 });
    expect(rowsOf(csvOf('one.csv'))).to.deep.equal([
      ['0', '2', two],
      ['1', '10', ten],
      ['2', '11', ten],
    ]);
    expect(one.stderr).to.match(/^nfstream: 3 captures: 3 packets, 3 flows in [^\n]*\n$/);
    const each = await nfstream(folder, '--per-file', '-o', path('out/{name}.csv'));
    expect(each).to.deep.include({ code: 0 });
    expect(readdirSync(path('out')).sort()).to.deep.equal(['empty.csv', 'file10.csv', 'file2.csv']);
    expect(rowsOf(csvOf('out/file10.csv'))).to.deep.equal([
      ['0', '10', ten],
      ['1', '11', ten],
    ]);
    expect(csvOf('out/empty.csv')).to.match(/^id,[^\n]*,source_file\n$/);
  });

  it('names each bad capture in a line, writes the others and exits with 1', async () => {
    mkdirSync(path('bad'));
    write('bad/1.pcap', 'no capture');
    write('bad/2.pcap', madeCapture([{ ms: 0 }]));
    const cut = madeCapture([{ ms: 0 }, { ms: 1, from: 5 }]);
    write('bad/3.pcap', cut.subarray(0, -2));
    write('bad/4.pcap', madeCapture([{ ms: 0 }]));
    mkdirSync(path('bad-out'));
    const { code, stderr } = await nfstream(path('bad'), '--per-file', '-o', path('bad-out/{name}.csv'));
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /^nfstream: 4 captures: 3 packets, 3 flows in [^\n]*\nnfstream: [^\n]*bad\/1\.pcap: [^\n]*\nnfstream: [^\n]*bad\/3\.pcap: [^\n]*packet 2[^\n]*\n$/,
    );
    expect(readdirSync(path('bad-out')).sort()).to.deep.equal(['2.csv', '3.csv', '4.csv']);
    expect(rowsOf(csvOf('bad-out/3.csv'), ['id'])).to.deep.equal([['0']]);
  });

  it('writes nothing when all captures are bad', async () => {
    mkdirSync(path('worse'));
    for (const name of ['1.pcap', '2.pcap']) write(`worse/${name}`, 'no capture');
    const { code, stderr } = await nfstream(path('worse'), '--per-file', '-o', path('worse.csv'));
    expect([code, existsSync(path('worse.csv'))]).to.deep.equal([1, false]);
    expect(stderr).to.match(/^nfstream: [^\n]*worse\/1\.pcap[^\n]*\nnfstream: [^\n]*worse\/2\.pcap[^\n]*\n$/);
  });

  it('stops at --max-flows, and says what it left', async () => {
    expect(await nfstream(folder, '--merge', '-o', path('all.jsonl'))).to.include({ code: 0 });
    const { code, stderr } = await nfstream(folder, '--merge', '--max-flows', '2', '-o', path('some.jsonl'));
    expect(code).to.equal(0);
    expect(csvOf('some.jsonl')).to.equal(csvOf('all.jsonl').split('\n').slice(0, 2).join('\n') + '\n');
    expect(stderr).to.match(/^nfstream: 3 captures: 3 packets, 2 flows \(1 open one discarded\) in /);
  });

  it('ignores steps of the clock with --max-clock-step', async () => {
    const capture = write('leap.pcap', madeCapture([{ ms: 0 }, { ms: 900_000 }, { ms: 1000 }]));
    const { code, stderr } = await nfstream(capture, '--max-clock-step', '60', '-o', path('leap.jsonl'));
    expect(code).to.equal(0);
    expect(JSON.parse(csvOf('leap.jsonl'))).to.include({ bidirectional_packets: 2, bidirectional_duration_ms: 1000 });
    expect(stderr).to.match(/^nfstream: 3 packets \(1 ignored: 1 clock step\), 1 flow in /);
  });

  it('shows names in one line of standard error, whatever they are made of', async () => {
    const name = 'a\x1b[2J\nnfstream: 9 flows\u202egpj.pcap';
    const shown = 'a\\x1b[2J\\x0anfstream: 9 flows\\u202egpj.pcap';
    mkdirSync(path('names'));
    const damaged = madeCapture([{ ms: 5 }, { ms: 6 }]);
    write(`names/${name}`, madeCapture([{ ms: 9 }]));
    write(`names/b${name}`, damaged.subarray(0, -2));
    const outputs = await Promise.all([
      nfstream(path('names'), '-o', path('names.csv')),
      nfstream(path(`names/none${name}`)),
      nfstream(path(`names/${name}`), '-o', path(`no/${name}`), '--format', 'csv'),
      nfstream(path(`names/${name}`), '-o', path(`names/${name}`), '--format', 'csv'),
      nfstream(path(`names/${name}`), `--${name}`),
      nfstream(path(`names/${name}`), path(`names/${name}`), '--per-file', '-o', path('{name}.csv')),
    ]);
    for (const { stderr } of outputs) {
      expect(stderr.replaceAll(/\n(?=nfstream: |Try nfstream|$)/g, '')).to.not.match(/[\x00-\x1f\x7f\u202e]/);
      expect(stderr)
        .to.include(shown.slice(0, -5))
        .and.to.not.match(/^nfstream: 9 flows/m);
    }
    const [order, summary, damage] = outputs[0]!.stderr.split('\n');
    expect(order).to.include(`b${shown} begins before`);
    expect(summary).to.match(/^nfstream: 2 captures: 2 packets/);
    expect(damage).to.include(`b${shown}: `);
  });

  const mistakes: [what: string, args: () => string[], code: number, stderr: RegExp][] = [
    [
      'an output by name without --per-file',
      () => [folder, '-o', path('out/{name}.csv')],
      2,
      /^nfstream: The output .*\{name\}\.csv has a place for the name of each capture; add --per-file\.\nTry/,
    ],
    [
      '--merge with --per-file',
      () => [folder, '--merge', '--per-file'],
      2,
      /^nfstream: merge makes one run of all files and perFile one of each; give one of the two\.\nTry/,
    ],
    [
      'two captures of one name',
      () => [folder, `${folder}/file2.pcap`, '--per-file', '-o', path('out/{name}.csv')],
      2,
      /^nfstream: .*file2\.csv would be the output of both .*\nTry/,
    ],
    ['a directory without captures', () => [path('out')], 1, /^nfstream: There is no capture in the directory .*out: .*\n$/],
    [
      'an output that is a capture of the directory',
      () => [folder, '-o', `${folder}/file2.pcap`, '--format', 'csv'],
      2,
      /^nfstream: The output .*file2\.pcap is one of the inputs/,
    ],
    [
      'outputs that are captures',
      () => [folder, '--per-file', '-o', `${folder}/{file}`, '--format', 'csv'],
      2,
      /^nfstream: The output .* is one of the inputs/,
    ],
    [
      'a step that is no time',
      () => [folder, '--max-clock-step', '0'],
      2,
      /^nfstream: --max-clock-step takes a number of seconds \(0\.001 or more, .*\) or none, not "0"\.\nTry/,
    ],
  ];
  for (const [what, args, code, stderr] of mistakes) {
    it(`exits with ${code} for ${what}`, async () => {
      const result = await nfstream(...args());
      expect(result.stderr).to.match(stderr);
      expect([result.code, result.stdout]).to.deep.equal([code, '']);
    });
  }
});
