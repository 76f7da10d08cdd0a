import { expect } from 'chai';
import { parseCommandLine } from '../../lib/cli/command-line.js';
import { parseSubcommand } from '../../lib/cli/subcommand.js';
import { subcommands } from '../../lib/cli/subcommands.js';
import { nfstream } from '../cli/in-process.js';
import { thorough } from '../thorough.js';
import { codeBlocks, nfstreamCommands } from './code-blocks.js';
import { flowFolder } from './flow-folder.js';

/** Words of commands that take what a test has not: devices, pipes (binary data go to a pipe alone), terminals, models and databases of others. These are read, but not carried out. */
const notHere = new Set(['eth0', 'eth0,eth1', 'any', 'wire', '-', '--follow', 'top', 'build-ndpi', '--version', 'kind.onnx', 'GeoLite2-ASN.mmdb', 'arrows']);

/** As a test has no shell: what a pattern matches. */
const patterns: Readonly<Record<string, readonly string[]>> = { 'pieces/*.parquet': ['a.parquet', 'b.parquet'] };

/** Reads a command as it would be read in front of its work. */
async function understood([first = '', ...others]: readonly string[]): Promise<void> {
  if (Object.hasOwn(subcommands, first)) parseSubcommand(await subcommands[first]!(), others, 80);
  else parseCommandLine([first, ...others], 80);
}

/** Carries a command out: flows that it would print go to a file, as this process prints of tests. */
async function carriedOut(args: readonly string[]): Promise<void> {
  const prints = args.includes('-o') || args[0]!.startsWith('-') || (args[0] !== 'sql' && Object.hasOwn(subcommands, args[0]!));
  const { code, stderr } = await nfstream(...args, ...(prints ? [] : ['-o', 'printed.jsonl']));
  expect(code, `nfstream ${args.join(' ')}: ${stderr}`).to.equal(0);
}

describe('commands of the documentation', () => {
  flowFolder('docs-commands');
  const done = new Set<string>();

  for (const { place, language, text } of codeBlocks())
    if (language === 'sh' && nfstreamCommands(text).length > 0)
      it(`${place}: ${thorough ? 'do what they say' : 'are understood'}`, async () => {
        for (const words of nfstreamCommands(text)) {
          const args = words.flatMap((word) => patterns[word] ?? [word]);
          const asks = args[0] === 'sql' && !args.includes('-c');
          await understood(args);
          if (!thorough || asks || args.some((word) => notHere.has(word)) || done.has(args.join(' '))) continue;
          done.add(args.join(' '));
          await carriedOut(args);
        }
      });
});
