import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A block of code of the documentation. */
export interface CodeBlock {
  /** Such as `docs/files.md:9`, its line being that of its fence. */
  readonly place: string;
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** All blocks of README.md and docs/ that say which language they are in. */
export function codeBlocks(): CodeBlock[] {
  const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)].filter((name) =>
    name.endsWith('.md'),
  );
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/^```([a-z]+)\n([^]*?)^```$/gm)].map((match) => ({
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      page,
      language: match[1]!,
      text: match[2]!,
    }));
  });
}

/** The commands `nfstream ...` of a shell block, each as its words; of what else a line has nothing. */
export function nfstreamCommands(text: string): string[][] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => commandsOf(line))
    .map((words) => (words[0] === 'npx' ? words.slice(1) : words))
    .filter(([program]) => program === 'nfstream')
    .map((words) => words.slice(1));
}

/** The commands of a line: words, with quotes as a shell has them, up to a comment. Redirections are left out. */
function commandsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [part] of line.matchAll(/#.*$|\d*>>?\s*\S+|[|&;]+|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|&;<>#]|(?<=\S)#)+/g)) {
    if (part.startsWith('#')) break;
    if (/^[|&;]/.test(part)) commands.push([]);
    else if (!/^\d*>/.test(part))
      commands
        .at(-1)!
        .push(part.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, raw, quoted, escaped) => raw ?? escaped ?? quoted.replace(/\\(.)/g, '$1')));
  }
  return commands;
}
