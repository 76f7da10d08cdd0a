import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { commandModule, library, libraryFlags } from '../program.js';
import { madeCapture, workFolder } from './made-capture.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
}

describe('the package without its addon', function () {
  this.timeout(120_000);
  const { path, write } = workFolder();
  let folder: string;
  let packed: string[];
  before(() => {
    const listed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
    packed = (JSON.parse(listed.stdout) as { files: { path: string }[] }[])[0]!.files.map((file) => file.path);
    folder = path("what it's called ü");
    for (const name of [...packed, 'node_modules']) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      if (name === 'node_modules') symlinkSync(join(root, name), join(folder, name));
      else cpSync(join(root, name), join(folder, name));
    }
    write('some.pcap', madeCapture([{ ms: 0 }]));
  });

  const inFolder = (module: string): string => join(folder, relative(root, module));
  const node = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [...libraryFlags, ...args], { cwd: root, encoding: 'utf8' });
  const sentence = /^nfstream: The native addon \S.*nfstream\.node has not been built; run: (npm --prefix .* run build:native)\n$/;

  const cases: [args: () => string[], code: number, stdout: RegExp, stderr: RegExp][] = [
    [() => ['--help'], 0, /^Usage: nfstream /, sentence],
    [() => ['--version'], 0, /^nfstream \d+\.\d+\.\d+\nnDPI not available\nlibpcap not available\nNode\.js \d+\.\d+\.\d+\n$/, sentence],
    [() => ['--list-fields'], 0, /^name\ttype\t/, sentence],
    [() => ['convert', '--help'], 0, /^Usage: nfstream convert /, sentence],
    [() => ['summary', '--help'], 0, /^Usage: nfstream summary /, sentence],
    [() => ['--bad'], 2, /^$/, /^nfstream: There is no option --bad\.\nTry nfstream --help\.\n$/],
    [() => [path('some.pcap')], 1, /^$/, sentence],
    [() => ['summary', path('some.pcap')], 1, /^$/, sentence],
  ];
  for (const [args, code, stdout, stderr] of cases) {
    it(`nfstream ${args()
      .map((arg) => arg.replace(/.*\//, ''))
      .join(' ')}: says what to do, with ${code}`, () => {
      const result = node(inFolder(commandModule), ...args());
      expect(result.stdout).to.match(stdout);
      expect(result.stderr).to.match(stderr);
      expect(result.status).to.equal(code);
    });
  }

  it('converts files of flows', () => {
    write('flows.csv', 'id,note\n1,a\n');
    expect(node(inFolder(commandModule), 'convert', path('flows.csv'), '-q')).to.deep.include({
      status: 0,
      stdout: '{"id":1,"note":"a"}\n',
      stderr: '',
    });
  });

  it('can be imported, and tells with its first use what is missing', () => {
    const program = write(
      'uses.mjs',
      `const { versions, FlowBatch } = await import(${JSON.stringify(inFolder(fileURLToPath(library)))});
console.log(FlowBatch.from([{ id: 1 }]).length);
try { versions(); } catch (error) { console.log(error.code); }`,
    );
    expect(node(program)).to.deep.include({ status: 0, stdout: '1\nERR_NFSTREAM_NATIVE\n', stderr: '' });
  });

  it('has all that building it takes', () => {
    const sources = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(cc|h)$/.test(name))
      .map((name) => `native/${name}`);
    expect(sources).to.have.length.above(50);
    for (const name of ['binding.gyp', 'native/build.mjs', 'typings/native.d.ts', ...sources]) expect(packed).to.include(name);
    const { scripts, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).to.deep.equal([]);
    expect(dependencies).to.have.property('node-addon-api');
  });

  it('is built by the command that it names', () => {
    const [, line] = sentence.exec(node(inFolder(commandModule), '--help').stderr)!;
    // Here without pkg-config, which it asks for first: the command has found its way to the build.
    const tools = path('tools');
    mkdirSync(tools);
    for (const tool of ['sh', 'env', 'node', 'npm']) symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(tools, tool));
    const built = spawnSync('/bin/sh', ['-c', line!], { env: { ...process.env, PATH: tools }, encoding: 'utf8' });
    expect(built.stderr).to.include('nfstream: pkg-config is missing. On Debian or Ubuntu: apt-get install pkg-config');
    expect(built.status).to.equal(1);
  });
});
