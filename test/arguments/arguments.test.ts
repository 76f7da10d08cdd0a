import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { command } from '../../lib/cli/command.js';
import { parseCommandLine } from '../../lib/cli/command-line.js';
import { parseSubcommand } from '../../lib/cli/subcommand.js';
import { subcommands } from '../../lib/cli/subcommands.js';
import { isUsageError } from '../../lib/cli/usage-error.js';
import { toFile } from '../../lib/index.js';
import { options, type Option } from '../../lib/options.js';
import { callables, places } from './exports.js';
import { placesOf } from './option-places.js';
import { captureBytes, intoSink } from './runs.js';
import { faultsOf, longestMessage, wrongValues } from './wrong-values.js';

// One that takes no files has only flags that take any text: names of files.
const loadedSubcommands = (await Promise.all(Object.values(subcommands).map((load) => load()))).filter(({ takes }) => takes !== 'nothing');

describe('wrong arguments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-arguments-'));
  const before_ = process.cwd();
  const late: unknown[] = [];
  const noteLate = (error: unknown): void => void late.push(error);

  before(async () => {
    // Where '__proto__' is a name of a file. Threads that run from sources look for tsx from here.
    process.chdir(folder);
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), 'node_modules');
    writeFileSync('a.pcap', captureBytes);
    writeFileSync('one.csv', 'a\nb\n');
    for (const name of ['flows.csv', 'flows.jsonl', 'flows.arrow', 'flows.parquet']) await intoSink(toFile(name));
    process.prependListener('uncaughtException', noteLate);
    process.prependListener('unhandledRejection', noteLate);
  });

  afterEach(async () => {
    await nextTurn();
    await nextTurn();
    expect(late.splice(0).map(String), 'what failed when nobody waited for it').to.deep.equal([]);
  });

  after(() => {
    process.off('uncaughtException', noteLate);
    process.off('unhandledRejection', noteLate);
    process.chdir(before_);
    rmSync(folder, { recursive: true });
  });

  it('are looked for in every export that can be called', () => {
    expect(Object.keys(places).sort()).to.deep.equal(callables().sort());
  });

  for (const [name, all] of Object.entries(places)) {
    all.forEach((place, index) => {
      it(`of ${name}, place ${index + 1} (${place.names.source.slice(0, 50)}): mean something or are refused by name`, async () => {
        expect(await faultsOf(place)).to.deep.equal([]);
      });
    });
  }

  for (const row of options as readonly Option[]) {
    placesOf(row).forEach((place, index) => {
      it(`of the option ${row.name} of ${row.stage}, way ${index + 1}: mean something or are refused by name`, async () => {
        expect(await faultsOf(place)).to.deep.equal([]);
      });
    });
  }

  describe('of the command', () => {
    const commands: [name: string, parse: (args: readonly string[]) => { do: string; text?: string }][] = [
      ['nfstream', (args) => parseCommandLine(args, 200)],
      ...loadedSubcommands.map((subcommand): [string, (args: readonly string[]) => { do: string; text?: string }] => [
        `nfstream ${subcommand.name}`,
        (args) => parseSubcommand(subcommand, args, 200),
      ]),
    ];
    const texts = wrongValues
      .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
      .map(([name, value]) => [name, String(value)] as const);

    for (const [name, parse] of commands) {
      const flags = [...parse(['--help']).text!.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+) <.*?>/gm)].map(([, flag]) => flag!);
      const known: Readonly<Record<string, string | null>> = {
        'nfstream check': null,
        'nfstream top': '--from',
        'nfstream summary': '--top',
        'nfstream report': '--flow-bytes',
      };
      const one = name in known ? known[name]! : '--partition-by';
      it(`${name} has ${one === null ? 'no flag that takes' : 'flags that take'} a value`, () => {
        if (one === null) expect(flags).to.deep.equal([]);
        else expect(flags).to.include(one);
      });

      for (const flag of flags) {
        it(`${name} ${flag}: are taken, or refused by name in a short sentence`, () => {
          for (const [what, text] of texts) {
            try {
              parse([`${flag}=${text}`, 'a.pcap']);
            } catch (error) {
              expect(isUsageError(error), `${what}: ${String(error).slice(0, 300)}`).to.equal(true);
              const { message } = error as Error;
              expect(message.length, message.slice(0, 200)).to.be.below(longestMessage);
              if (flag !== '--output')
                expect(message, what).to.match(
                  new RegExp(flag === '--anonymize-key-file' ? `[Tt]he key file|${flag}` : flag === '--config' ? '[Tt]he configuration' : flag),
                );
            }
          }
        });
      }
    }

    const sentences: [args: readonly string[], stderr: RegExp][] = [
      [
        ['a.pcap', '-o', 'r-{n}.csv', '--rotate-keep', '5'],
        /^nfstream: --rotate-keep needs a limit that ends files: add --rotate-flows, --rotate-bytes or --rotate-seconds\.\n/,
      ],
      [['a.pcap', '--rotate-keep', '5'], /^nfstream: --rotate-keep needs a limit/],
      [['convert', 'flows.csv', '-o', 'r-{n}.csv', '--rotate-keep', '5'], /^nfstream: --rotate-keep needs a limit/],
      [
        ['a.pcap', '-o', 'table', '--format', 'csv', '--partition-by', ''],
        /^nfstream: --partition-by takes names of columns with commas between them, not ""\.\n/,
      ],
      [
        ['a.pcap', '-o', 'table', '--format', 'csv', '--partition-by', 'src_ip,'],
        /^nfstream: --partition-by takes names of columns with commas between them, not "src_ip,"\.\n/,
      ],
      [
        ['a.pcap', '-o', 'table', '--format', 'csv', '--dissections', '0', '--partition-by', '__proto__'],
        /^nfstream: partitionBy names the column __proto__, but these flows have none; they have id, /,
      ],
      [
        ['a.pcap', '-o', 'table', '--format', 'csv', '--dissections', '0', '--partition-by', 'toString'],
        /^nfstream: partitionBy names the column toString, but these flows have none; /,
      ],
      [['a.pcap\0b', '-o', 'x.csv'], /^nfstream: Expected a path or an array of paths without a NUL byte for /],
      [['a.pcap', '-o', 'x\0y.csv'], /^nfstream: Expected a path without a NUL byte for /],
      [['a.pcap', '-o', ''], /^nfstream: /],
      [
        ['a.pcap', '-o', 'x.csv', '--protocols-file', 'rules\0'],
        /^nfstream: --protocols-file takes the name of a file, without a NUL byte, not "rules\\u0000"\.\n/,
      ],
      [['a.pcap', '-o', 'x.csv', '--filter', 'udp\0 and nonsense'], /^nfstream: The filter "udp\\u0000 and nonsense" is not valid: it has a NUL byte\.\n/],
      [['convert', 'flows\0.csv', '-o', 'x.csv'], /^nfstream: Expected .* without a NUL byte for /],
      [['summary', 'flows\0.csv'], /^nfstream: Expected .* without a NUL byte for /],
      [['a.pcap', '-o', 'x.csv', '--processes'], /^nfstream: --processes finds the processes of this machine .* for network devices, and not for captures\.\n/],
      [
        ['any', '-o', 'x.csv', '--processes', '--user', 'nobody'],
        /^nfstream: --processes needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH .* give one of the two\.\n/,
      ],
    ];
    for (const [args, sentence] of sentences) {
      it(`nfstream ${JSON.stringify(args)}`, async () => {
        let said = '';
        const stderr = new PassThrough().on('data', (chunk: Buffer) => (said += chunk.toString()));
        const code = await command(args, {
          stdin: { isTTY: true },
          stdout: new PassThrough().resume(),
          stderr,
          signals: new EventEmitter(),
          env: {},
          quit: () => {},
        });
        await nextTurn();
        expect([code, said.length < longestMessage]).to.deep.equal([2, true]);
        expect(said)
          .to.match(sentence)
          .and.to.match(/\.\nTry nfstream --help\.\n$/);
      });
    }
  });
});
