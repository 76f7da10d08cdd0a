import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../program.js';
import { command } from '../../lib/cli/command.js';
import { Streamer } from '../../lib/index.js';
import { until } from '../waiting.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const office = join(root, 'fixtures/office.pcap');
const folder = mkdtempSync(join(tmpdir(), 'nfstream-sql-test-'));
const path = (name: string): string => join(folder, name);

/** Runs the command in this process, which writes to files or to a terminal. */
async function sql(...args: string[]): Promise<{ code: number; shown: string; said: string }> {
  return sqlUnder(new EventEmitter(), ...args);
}

async function sqlUnder(signals: EventEmitter, ...args: string[]): Promise<{ code: number; shown: string; said: string }> {
  let [shown, said] = ['', ''];
  const stdout = new PassThrough().on('data', (text: Buffer) => (shown += text.toString()));
  const stderr = new PassThrough().on('data', (text: Buffer) => (said += text.toString()));
  const outside = {
    stdin: { isTTY: true },
    stdout: Object.assign(stdout, { isTTY: true, columns: 100 }),
    stderr,
    signals,
    quit: () => {},
    env: {},
  };
  const code = await command(['sql', ...args], outside);
  return { code, shown, said };
}

describe('nfstream sql', () => {
  before(async () => {
    const streamer = new Streamer({ source: office });
    await streamer.toParquet(path('a.parquet'));
    await streamer.toFile(path('a.jsonl'));
    writeFileSync(path('cut'), readFileSync(path('a.parquet')).subarray(0, 5000));
    writeFileSync(path('cut.jsonl'), readFileSync(path('a.jsonl')).subarray(0, 5000));
  });
  after(() => rmSync(folder, { recursive: true }));

  const grouped = 'select protocol, count(*) n, sum(bidirectional_bytes) bytes from flows group by 1 order by 1';
  const answer = async (...sources: string[]): Promise<string> => {
    expect(await sql('-c', grouped, ...sources, '-o', path('answer.jsonl'))).to.deep.equal({ code: 0, shown: '', said: '' });
    return readFileSync(path('answer.jsonl'), 'utf8');
  };

  for (const [what, ...sources] of [
    ['Parquet', 'a.parquet'],
    ['a pattern of Parquet', '*.parquet'],
    ['JSON Lines', 'a.jsonl'],
  ] as const) {
    it(`gives the same answer from ${what} as from the capture`, async () => {
      expect(await answer(...sources.map(path)))
        .to.equal(await answer(office))
        .and.to.match(/^{"protocol":1,"n":\d+,"bytes":\d+}\n/);
    });
  }

  it('shows a table on a terminal, with text from the network as text', async () => {
    const query = "select 7 as number, 'a' || chr(27) || '[2J' as text union all select 12345, null order by 1";
    expect(await sql('-c', query, office)).to.deep.equal({ code: 0, shown: 'number  text\n     7  a\\x1b[2J\n 12345\n', said: '' });
  });

  it('writes what a query gives in the format of the name', async () => {
    const query = 'select application_name as app, 1.25::double x, null::varchar n from flows where protocol = 1 limit 1';
    expect(await sql('-c', query, office, '-o', path('r.csv'))).to.have.property('code', 0);
    expect(readFileSync(path('r.csv'), 'utf8')).to.equal('app,x,n\nICMP,1.25,\n');
  });

  it('takes options for the flows of captures', async () => {
    const { shown } = await sql('-c', 'select count(*) > 500 as many, max(end_reason) r from flows', '--idle-timeout', '0', '--end-reason', office);
    expect(shown).to.equal('many  r\n   1  idle\n');
  });

  it('asks for statements where none is given', () => {
    const { status, stdout, stderr } = spawnSync(commandLine[0]!, [...commandLine.slice(1), 'sql', office], {
      cwd: root,
      encoding: 'utf8',
      input: 'create table t as select 3 as a;\nselect a\nfrom t;\nselect nothing;\n;\n-- nothing;\nselect 4 as b',
    });
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: '{"a":3}\n{"b":4}\n' });
    expect(stderr).to.match(/^nfstream: Binder Error: .*nothing/);
  });

  it('answers from what was read when a signal ends the reading, as of a device', async () => {
    const wire = path('wire.pcap');
    execFileSync('mkfifo', [wire]);
    const signals = new EventEmitter();
    const asked = sqlUnder(signals, '-c', 'select count(*) > 2 as some from flows', wire);
    const writer = createWriteStream(wire);
    await new Promise((resolve) => writer.write(readFileSync(office), resolve));
    await until(() => signals.listenerCount('SIGINT') > 0);
    await setTimeout(100); // until it is read
    signals.emit('SIGINT');
    expect(await asked).to.deep.equal({ code: 130, shown: 'some\n   1\n', said: '' });
    writer.destroy();
  });

  it('has the flows in front of damage, and tells the damage', async () => {
    const { code, shown, said } = await sql('-c', 'select count(*) > 2 as some from flows', path('cut.jsonl'));
    expect({ code, shown }).to.deep.equal({ code: 1, shown: 'some\n   1\n' });
    expect(said).to.match(/cut\.jsonl.*cut off/);
  });

  const refused: readonly [what: string, args: readonly string[], sentence: RegExp, status: number][] = [
    [
      'a HUGEINT that does not fit',
      ['-c', 'select 9223372036854775808::hugeint h', office],
      /^nfstream: The column "h" has 9223372036854775808, a HUGEINT that does not fit; cast it, as in h::DOUBLE\./,
      2,
    ],
    [
      'a DECIMAL that no float holds',
      ['-c', 'select 12345678901234567.89::decimal(20,2) d', office],
      /"d" has 12345678901234567\.89, a DECIMAL\(20,2\) that does not fit; cast it, as in d::DOUBLE/,
      2,
    ],
    ['a list', ['-c', 'select [1, 2] l', office], /"l" is of DuckDB's type INTEGER\[\]; cast it, as in l::VARCHAR/, 2],
    ['a query that is wrong', ['-c', 'select * frm flows', office], /^nfstream: Parser Error: syntax error at or near ".*", in line 1: select \* frm flows/, 1],
    ['no statement', ['-c', ' ; -- nothing\n/* at all */', office], /^nfstream: --command has no statement\./, 2],
    ['Parquet that is cut off', ['-c', 'select 1', path('cut')], /^nfstream: Invalid Input Error: No magic bytes .*, in line 1: create view flows/, 1],
    ['an output without a query', ['-o', path('x.csv'), office], /An output is for one query; give it with -c\./, 2],
    ['a source that is not there', ['-c', 'select 1', path('no.pcap')], /no\.pcap/, 1],
    ['an output that is an input', ['-c', 'select 1', '-o', path('a.jsonl'), path('a.jsonl')], /is one of the inputs/, 2],
    ['a limit that is none', ['-c', 'select 1', '--memory-limit', 'plenty', office], /^nfstream: --memory-limit takes a size such as 2GB: ./, 2],
  ];
  for (const [what, args, sentence, code] of refused) {
    it(`refuses ${what}`, async () => {
      const result = await sql(...args);
      expect(result.said).to.match(sentence);
      expect(result.code).to.equal(code);
    });
  }
});
