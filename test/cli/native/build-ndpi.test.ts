import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { command } from '../../../lib/cli/command.js';
import { versions } from '../../../lib/index.js';
import { thorough } from '../../thorough.js';
import { workFolder } from '../made-capture.js';

/** Runs the command in this process, with these variables besides the usual ones. */
async function nfstream(env: Record<string, string>, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs): PassThrough => new PassThrough().on('data', (chunk: Buffer) => (outputs[name] += chunk.toString()));
  const outside = { stdin: { isTTY: true }, signals: new EventEmitter(), quit: () => {}, env: { ...process.env, ...env } };
  const code = await command(args, { ...outside, stdout: output('stdout'), stderr: output('stderr') });
  return { code, ...outputs };
}

const ours = fileURLToPath(new URL('../../../build/Release/ndpi_dissector.node', import.meta.url));

describe('nfstream build-ndpi', function () {
  this.timeout(120_000);
  const { path, write } = workFolder();
  /** A program that stands in for a compiler: runs a line with `$out`, what -o names, and `$*`. */
  const compiler = (name: string, line: string): string => {
    const program = write(name, `#!/bin/sh\nall="$*"\nwhile [ "$1" != -o ]; do shift; done\nout=$2\n${line}\n`);
    chmodSync(program, 0o755);
    return program;
  };

  const mistakes: [what: string, args: () => string[], env: () => Record<string, string>, code: number, stderr: RegExp][] = [
    [
      'a folder without nDPI',
      () => ['--prefix', '/nowhere'],
      () => ({}),
      1,
      /^nfstream: There is no nDPI in \/nowhere: install it with its headers \(on Debian: libndpi-dev\), or say with --prefix where it is\.\n$/,
    ],
    ['names of files', () => ['office.pcap'], () => ({}), 2, /^nfstream: Too many arguments\./],
    ['a folder that is not there', () => ['-o', '/nowhere/module.node'], () => ({}), 1, /^nfstream: \/nowhere\/module\.node cannot be written: ENOENT/],
    [
      'no compiler',
      () => [],
      () => ({ CXX: '/nowhere/c++' }),
      1,
      /^nfstream: The compiler \/nowhere\/c\+\+ could not be run\. Install one \(on Debian: g\+\+\), or name it in the variable CXX\.\n$/,
    ],
    [
      'a compiler that fails',
      () => [],
      () => ({ CXX: compiler('fails', 'echo "no such header" >&2; exit 1') }),
      1,
      /^no such header\nnfstream: The module for nDPI could not be built; what the compiler said stands above\.\n$/,
    ],
    ['what is no module', () => [], () => ({ CXX: compiler('empty', ': > "$out"') }), 1, /^nfstream: libndpi could not be loaded: .*file too short/],
  ];
  for (const [what, args, env, code, stderr] of mistakes) {
    it(`${what}: one sentence, and no file`, async () => {
      const output = args().includes('-o') ? [] : ['-o', path('none.node')];
      const result = await nfstream(env(), 'build-ndpi', ...args(), ...output);
      expect(result.stderr).to.match(stderr);
      expect(result).to.deep.include({ code, stdout: '' });
      expect(existsSync(path('none.node'))).to.equal(false);
      expect(readdirSync(path('.')).filter((name) => name.startsWith('.nfstream-'))).to.deep.equal([]);
    });
  }

  it('compiles the module against the nDPI that is found, and says how it is used', async function () {
    if (!existsSync(ours)) {
      console.log('      not tried: the addon was built without labels');
      return this.skip();
    }
    const result = await nfstream({ CXX: compiler('copies', `echo "$all" > "${path('line')}"; cp "${ours}" "$out"`) }, 'build-ndpi', '-o', path('made.node'));
    expect(result).to.deep.equal({
      ...{ code: 0, stderr: '' },
      stdout: `nDPI ${versions().ndpi}: ${path('made.node')}\nTo use it: export NFSTREAM_NDPI=${path('made.node')}\n`,
    });
    expect(existsSync(path('made.node'))).to.equal(true);
  });

  // It takes half a minute.
  if (thorough && existsSync(ours))
    it('with a real compiler', async () => {
      const result = await nfstream({}, 'build-ndpi', '-o', path('real.node'));
      expect(result).to.deep.include({ code: 0, stderr: '' });
    });
});
