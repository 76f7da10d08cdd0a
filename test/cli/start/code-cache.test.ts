import { expect } from 'chai';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFile, compile, keepCode } from '../../../lib/cli/start/code-cache.js';
import { subcommandNames } from '../../../lib/cli/subcommand-names.js';
import { subcommands } from '../../../lib/cli/subcommands.js';
import { workOf } from '../../../lib/cli/start/work.js';

const source = Buffer.from("(() => {\nfunction used() { return 'it runs'; }\nfunction unused() { return 0; }\nreturn used();\n})()");

describe('code that is kept', () => {
  let home: string;
  let folder: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'nfstream-code-'));
    folder = join(home, '.cache/nfstream');
  });

  afterEach(() => {
    chmodSync(home, 0o700);
    rmSync(home, { recursive: true });
  });

  /** Runs the script, and keeps its code where it was not taken. */
  function run(bytes = source, file = codeFile(bytes, 'run', { HOME: home })): boolean {
    const { script, taken } = compile(bytes.toString(), 'script.cjs', file);
    expect(script.runInThisContext()).to.equal('it runs');
    if (!taken && file !== null) keepCode(file, script);
    return taken;
  }

  function onlyFile(): string {
    const names = readdirSync(folder);
    expect(names).to.have.length(1);
    return join(folder, names[0]!);
  }

  it('is taken by the next run, of this script alone', () => {
    expect(run()).to.equal(false);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(statSync(onlyFile()).mode & 0o777).to.equal(0o600);
    expect(run()).to.equal(true);
    const ofSameLength = Buffer.from(source.toString().replace('return 0', 'return 1'));
    expect(run(ofSameLength)).to.equal(false);
    expect(readdirSync(folder)).to.have.length(2);
    expect(run(ofSameLength)).to.equal(true);
    expect(run()).to.equal(true);
  });

  const damages: readonly [what: string, damage: (file: string) => void][] = [
    ['a bit of it is another', (file) => writeFileSync(file, flipped(readFileSync(file), 100))],
    ['its end is missing', (file) => writeFileSync(file, readFileSync(file).subarray(0, -1))],
    ['it is empty', (file) => writeFileSync(file, '')],
    ['it is something else', (file) => writeFileSync(file, 'x'.repeat(5000))],
    ['others may write to it', (file) => chmodSync(file, 0o622)],
    ['it is gone', (file) => rmSync(file)],
    ['it is a folder', (file) => (rmSync(file), mkdirSync(file))],
  ];
  for (const [what, damage] of damages) {
    it(`is not taken when ${what}`, () => {
      run();
      const file = onlyFile();
      damage(file);
      expect(run()).to.equal(false);
      expect(run()).to.equal(what !== 'it is a folder');
      expect(readdirSync(folder)).to.have.length(1);
    });
  }

  it('is neither taken from a folder that others may write to, nor put there', () => {
    run();
    chmodSync(folder, 0o777);
    expect(run()).to.equal(false);
    rmSync(onlyFile());
    run();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('has no place where none is the user’s own, and with NODE_DISABLE_COMPILE_CACHE', () => {
    const other = join(home, 'other');
    mkdirSync(other);
    const places: readonly [env: NodeJS.ProcessEnv, place: string | null][] = [
      [{ HOME: home }, folder],
      [{ HOME: '/nowhere', XDG_CACHE_HOME: other }, join(other, 'nfstream')],
      [{ HOME: home, XDG_CACHE_HOME: 'relative' }, folder],
      [{ HOME: home, XDG_CACHE_HOME: join(home, 'missing') }, null],
      [{ HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' }, null],
      [{}, null],
      [{ HOME: '' }, null],
      [{ HOME: 'relative' }, null],
      [{ HOME: '/tmp' }, null],
      [{ HOME: '/proc/1/fd/nothing' }, null],
    ];
    for (const [env, place] of places) {
      const file = codeFile(source, 'run', env);
      if (place === null) expect(file, JSON.stringify(env)).to.equal(null);
      else expect(file, JSON.stringify(env)).to.match(new RegExp(`^${place}/run-[0-9a-f]+-v[0-9.]+-[a-z0-9]+\\.bin$`));
    }
    run(source, null);
    expect(existsSync(folder)).to.equal(false);
  });

  it('is kept for the latest work only', () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let age = 1; age <= 30; age++) {
      const old = join(folder, `old-${age}.bin`);
      writeFileSync(old, '');
      utimesSync(old, 1e9 - age, 1e9 - age);
    }
    run();
    expect(readdirSync(folder)).to.have.length(24).and.include('old-23.bin').and.not.include('old-24.bin');
    expect(run()).to.equal(true);
  });

  it('is told apart by the work', () => {
    const lines: readonly [line: string, work: string | null][] = [
      ['', null],
      ['--version', null],
      ['office.pcap', 'run'],
      ['-q office.pcap -o flows.csv', 'run'],
      ['convert flows.parquet -o flows.csv', 'convert'],
      ['toString', 'run'],
    ];
    for (const [line, work] of lines) expect(workOf(line.split(' ').filter((arg) => arg !== '')), line).to.equal(work);
    expect(Object.keys(subcommands)).to.deep.equal(subcommandNames);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1;
  return bytes;
}
