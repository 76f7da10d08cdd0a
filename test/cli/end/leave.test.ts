import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { commandModule as main, programArgs } from '../../program.js';
import { madeCapture, manyFlows, workFolder } from '../made-capture.js';

const leaving = await programArgs(fileURLToPath(new URL('../programs/leaving.ts', import.meta.url)));
/** Something that Node's own end waits for: a process that ends all the same has left through the addon. */
const holding = ['--import', 'data:text/javascript,setInterval(() => {}, 1e8)'];

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], flags: readonly string[] = holding, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const loader = args[0]!.endsWith('.ts') ? ['--import', 'tsx'] : [];
  return spawn(process.execPath, [...loader, ...flags, ...args], { stdio: 'pipe', env: { ...process.env, ...env } });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr] = [textOf(child.stdout!), textOf(child.stderr!)];
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: await stdout, stderr: await stderr };
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Reads a stream in small steps with pauses between them, as a slow program does. */
async function readSlowly(stream: Readable): Promise<{ bytes: number; digest: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
    await pause(1);
  }
  return { bytes, digest: hash.digest('hex') };
}

describe('the end of the command', function () {
  this.timeout(120_000);
  const { path, write } = workFolder();
  const capture = madeCapture(manyFlows(20));
  before(() => {
    write('whole.pcap', capture);
    write('cut.pcap', capture.subarray(0, capture.length - 3));
    write('flows.csv', 'id,note\n1,a\n2,b\n');
    write('cut.jsonl', '{"id":1}\n{"id":');
  });

  const paths: [what: string, args: () => string[], code: number, stderr: RegExp][] = [
    ['a run into a pipe', () => [path('whole.pcap')], 0, /^nfstream: 20 packets, 20 flows/],
    ['a run into files', () => [path('whole.pcap'), '-o', path('a.csv'), '-o', path('a.parquet')], 0, /^nfstream: 20 packets/],
    ['a damaged capture', () => [path('cut.pcap')], 1, /^nfstream: 19 packets.*\nnfstream: .*cut\.pcap/],
    ['a capture that is not there', () => [path('none.pcap')], 1, /^nfstream: .*none\.pcap/],
    ['an output that cannot be written', () => [path('whole.pcap'), '-o', path('no/a.csv')], 1, /^nfstream: Can't write/],
    ['an unknown option', () => [path('whole.pcap'), '--bad'], 2, /^nfstream: There is no option --bad/],
    ['a bad filter', () => [path('whole.pcap'), '--filter', 'tcp prot'], 2, /^nfstream: The filter/],
    ['no arguments', () => [], 2, /^Usage: nfstream/],
    ['--help', () => ['--help'], 0, /^$/],
    ['--version', () => ['--version'], 0, /^$/],
    ['--list-fields', () => ['--list-fields'], 0, /^$/],
    ['convert', () => ['convert', path('flows.csv')], 0, /^nfstream: 2 flows/],
    ['convert with damage', () => ['convert', path('cut.jsonl')], 1, /^nfstream: 1 flow.*\nnfstream: .*row 2/],
    ['convert called wrongly', () => ['convert'], 2, /^Usage: nfstream convert/],
    ['convert --help', () => ['convert', '--help'], 0, /^$/],
    ['summary', () => ['summary', path('whole.pcap')], 0, /^$/],
    ['summary of a file that is not there', () => ['summary', path('none.csv')], 1, /^nfstream: .*none\.csv/],
    ['summary called wrongly', () => ['summary', '--top', '0', path('flows.csv')], 2, /^nfstream: --top takes/],
  ];
  for (const [what, args, code, stderr] of paths) {
    it(`comes at once, with ${code}: ${what}`, async () => {
      const result = await ended(start([main, ...args()]));
      expect(result.stderr).to.match(stderr);
      expect([result.code, result.signal]).to.deep.equal([code, null]);
    });
  }

  const signals: [what: string, args: () => string[], sent: NodeJS.Signals[], code: number][] = [
    ['SIGINT', () => ['-', '-o', path('s.csv')], ['SIGINT'], 130],
    ['SIGTERM', () => ['-', '-o', path('s.csv')], ['SIGTERM'], 143],
    ['SIGINT of convert', () => ['convert', '-', '-o', path('s.csv')], ['SIGINT'], 130],
    ['SIGTERM of summary', () => ['summary', '-'], ['SIGTERM'], 143],
    ['a second signal', () => ['-', '-o', path('s.csv')], ['SIGINT', 'SIGTERM'], 143],
  ];
  for (const [what, args, sent, code] of signals) {
    it(`comes with ${code}, and leaves no part behind: ${what}`, async () => {
      // Both signals in one turn: nothing ends between them.
      const child = start(
        [main, ...args()],
        [...holding, ...whenListening(sent.map((signal) => `process.emit("${signal}")`).join(';'), args().includes('-o') ? path('.') : null)],
      );
      const result = ended(child);
      child.stdin!.write(args()[0] === 'convert' ? readFileSync(path('flows.csv')) : capture);
      expect(await result).to.deep.include({ code, signal: null });
      expect(readdirSync(path('.')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });
  }

  it('comes with 0 when the reader of standard output goes away, and whatever becomes of standard error', async () => {
    write('long.pcap', madeCapture(manyFlows(20_000)));
    const child = start([main, path('long.pcap'), '--dissections', '0']);
    child.stderr!.destroy();
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    expect(await once(child, 'close')).to.deep.equal([0, null]);
  });

  it('comes with 1 after an error that nobody expected', async () => {
    const { code, stderr } = await ended(start([main, '-', '-o', path('never.csv')], [...holding, ...whenListening('throw new Error("nobody knows")')]));
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /^nfstream: Something went wrong that should not; please report it with what follows:\nnfstream: Error: nobody knows\nnfstream: +at /,
    );
  });

  const megabytes = 50_000_000;

  it('lets 50 MB arrive at a slow reader', async () => {
    const child = start([...leaving, String(megabytes), '300000', '7'], []);
    const errors = textOf(child.stderr!);
    const { bytes } = await readSlowly(child.stdout!);
    expect([bytes, (await errors).length]).to.deep.equal([megabytes, 300_000]);
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).to.equal(7);
  });

  it('lets all flows arrive at a slow reader', async () => {
    write('flows.pcap', madeCapture(manyFlows(40_000)));
    expect((await ended(start([main, path('flows.pcap'), '-q', '--statistics', '--dissections', '0', '-o', path('flows.jsonl')]))).code).to.equal(0);
    const child = start([main, path('flows.pcap'), '-q', '--statistics', '--dissections', '0']);
    const exit = once(child, 'exit');
    const read = await readSlowly(child.stdout!);
    expect((await exit)[0]).to.equal(0);
    expect(read.bytes).to.be.above(megabytes);
    expect(read.digest).to.equal(
      createHash('sha256')
        .update(readFileSync(path('flows.jsonl')))
        .digest('hex'),
    );
  });

  it('writes all of it to a file', async () => {
    const [out, err] = [openSync(path('out'), 'w'), openSync(path('err'), 'w')];
    const child = spawn(process.execPath, [...leaving, String(megabytes), '300000', '3'], { stdio: ['ignore', out, err] });
    for (const fd of [out, err]) closeSync(fd);
    expect(await once(child, 'close')).to.deep.equal([3, null]);
    expect([statSync(path('out')).size, statSync(path('err')).size]).to.deep.equal([megabytes, 300_000]);
  });

  it('writes all of it to a terminal', async () => {
    const line = [process.execPath, ...leaving, '2000000', '100000', '5'].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const text = textOf(child.stdout);
    expect((await once(child, 'close'))[0]).to.equal(5);
    expect([(await text).replace(/[^o]/g, '').length, (await text).replace(/[^e]/g, '').length]).to.deep.equal([2_000_000, 100_000]);
  });

  it('waits for nobody where both readers have gone away', async () => {
    const child = start([...leaving, String(megabytes), '300000', '4'], []);
    for (const stream of [child.stdout!, child.stderr!]) stream.destroy();
    expect(await once(child, 'close')).to.deep.equal([4, null]);
  });

  const finishers: [what: string, flags: (folder: string) => string[], env: (folder: string) => NodeJS.ProcessEnv, file: RegExp][] = [
    ['coverage', () => [], (folder) => ({ NODE_V8_COVERAGE: folder }), /^coverage-.*\.json$/],
    ['a profile of the processor', (folder) => ['--cpu-prof', `--cpu-prof-dir=${folder}`], () => ({}), /\.cpuprofile$/],
    ['a profile that NODE_OPTIONS asks for', () => [], (folder) => ({ NODE_OPTIONS: `--heap_prof --heap-prof-dir=${folder}` }), /\.heapprofile$/],
  ];
  for (const [what, flags, env, file] of finishers) {
    it(`is left to Node where it writes ${what}`, async () => {
      const folder = path(what.replaceAll(' ', '-'));
      const { code } = await ended(start([main, '--bad'], flags(folder), env(folder)));
      expect(code).to.equal(2);
      expect(readdirSync(folder).filter((name) => file.test(name))).to.not.deep.equal([]);
    });
  }

  it('is left to Node where a debugger listens', async () => {
    const child = start([...leaving, '1', '0', '6'], ['--inspect=127.0.0.1:0']);
    const errors = textOf(child.stderr!);
    child.stderr!.on('data', (text: Buffer) => {
      if (text.includes('left to Node')) child.kill('SIGKILL');
    });
    expect(await errors).to.match(/^Debugger listening[^]*\nleft to Node\n$/);
  });

  it('tells those who listen for it', async () => {
    const listening = 'data:text/javascript,process.on("exit",(code)=>process.stderr.write(`told%20${code}\\n`))';
    const { code, stderr } = await ended(start([main, '--bad'], [...holding, '--import', listening]));
    expect([code, stderr]).to.deep.equal([2, 'nfstream: There is no option --bad.\nTry nfstream --help.\ntold 2\n']);
  });
});

/** Flags that make the process do something as soon as the command listens for signals, and has a part in a folder. */
function whenListening(code: string, folder: string | null = null): string[] {
  const ready = folder === null ? 'true' : `readdirSync(${JSON.stringify(folder)}).some((name) => name.endsWith(".part"))`;
  const program = `import { readdirSync } from "node:fs"; const timer = setInterval(() => { if (process.listenerCount("SIGTERM") > 0 && ${ready}) { clearInterval(timer); ${code}; } }, 1)`;
  return ['--import', `data:text/javascript,${encodeURIComponent(program)}`];
}
