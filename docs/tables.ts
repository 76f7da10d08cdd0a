import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flagOptions, readFlagOptions, ownFlagOptions } from '../lib/cli/flags.js';
import { optionStages } from '../lib/option-stages.js';
import { flagOf, options, type Option } from '../lib/options.js';
import { camelCase, classicFields, fields, type Field } from '../lib/schema/fields.js';
import { stageFields } from '../lib/schema/stage-fields.js';
import { officeTable } from './office-table.js';
import { sparkOptions } from './spark-options.js';

// docs/fields.md, docs/options.md and the options of the Spark source, made from the tables of the library, and README's first example. Run: npx tsx docs/tables.ts

/** When a column is there: always, unless an option is off, or with an option of its own. */
function presence({ when }: Field): string {
  switch (when) {
    case 'always':
    case 'classic':
      return '';
    case 'stitched':
      return 'made by `stitch()`';
    case 'tunnels':
      return 'not with `decodeTunnels: false`';
    case 'networks':
      return 'with `vxlan` or `geneve` in `decodeTunnels`';
    case 'labels':
      return 'not with `dissections: 0`';
    default:
      return `with \`${when}\``;
  }
}

/** The text of docs/options.md. */
export function optionsPage(): string {
  const sections = optionStages.map(({ name: stage, takenBy }) => {
    const rows = (options as readonly Option[]).filter((row) => row.stage === stage);
    return `## ${takenBy}\n\n${table(
      ['option', 'flag', 'default', 'meaning'],
      rows.map((row) => [`\`${row.name}\``, flagCell(row), defaultOf(row), `${row.meaning}${choicesOf(row)}`]),
    )}`;
  });
  return `# All options

This page is made from \`lib/options.ts\` by \`docs/tables.ts\`. Options stand under the stages that take them; a \`Streamer\` takes those of \`captureFile\` and \`aggregate\`.
Durations are in seconds, with fractions down to a millisecond; \`Infinity\` (\`none\` on the command line) switches a timeout off. Every stage also takes \`signal\`, an
\`AbortSignal\` that destroys it. A name of an older NFStream is refused with the new one, a misspelt name with the nearest that exists.

${sections.join('\n\n')}
`;
}

/** The text of docs/fields.md. */
export function fieldsPage(): string {
  return `# The columns of a flow

This page is made from \`lib/schema/fields.ts\` by \`docs/tables.ts\`. Files have the names of the first column (nfstream's, where it has the column); a flow in
JavaScript has the property of the second. Integers are 64-bit and signed. Times are milliseconds since 1970 in UTC; the option \`timeUnit\` changes the unit and the
ending of each name that ends with \`_ms\`. A column is null only where its type says so, and points in time with \`timestamps: 'arrow'\` or \`'iso'\` where a
direction has no packet. With \`freezeAfter\` a column that is *frozen* tells of the packets up to that one, as metrics do; others depend on the first packet alone (addresses, names),
or tell of the whole flow: its place in the output, its end, and what dissection found (labels, fingerprints). The last
column says how pieces of a flow in several captures merge ([stitching.md](stitching.md)). \`nfstream --list-fields\` prints this table.

## All columns, in their order

${fieldsTable(fields)}

## Columns that stages add

They stand behind all others, in the order of the stages.

${fieldsTable(stageFields)}

## \`features: 'classic'\`

The 14 columns of nfstream's first releases.

${fieldsTable(classicFields)}
`;
}

function fieldsTable(list: readonly Field[]): string {
  const rows = list.map((field) => [
    `\`${field.name}\``,
    `\`${camelCase(field.name)}\``,
    typeOf(field),
    field.unit,
    field.meaning,
    field.source,
    presence(field),
    field.frozen ? 'frozen' : '',
    field.merge ?? '',
  ]);
  return table(['column', 'property', 'type', 'unit', 'meaning', 'source', 'present', '`freezeAfter`', 'stitched'], rows);
}

function typeOf({ type, list, nullable }: Field): string {
  return `${list === undefined ? type : `list of ${list.item}`}${nullable ? ' or null' : ''}`;
}

function flagCell(row: Option): string {
  if (![...flagOptions, ...readFlagOptions, ...ownFlagOptions].some(({ name, stages }) => name === row.name && stages.includes(row.stage))) return 'none';
  const name = flagOf(row.flag ?? row.name);
  if (row.type === 'set') return `\`${name}\`, \`${name.replace('--', '--no-')}\``;
  const flag = row.type === 'boolean' && row.default === true ? name.replace('--', '--no-') : name;
  return `\`${flag}\``;
}

function defaultOf(row: Option): string {
  if (row.default === undefined) return row.otherwise!;
  return row.default === Infinity ? '`Infinity`' : `\`${JSON.stringify(row.default)}\``;
}

function choicesOf(row: Option): string {
  return row.choices === undefined
    ? ''
    : ` ${row.type === 'set' ? 'Some of' : 'One of'} ${row.choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ')}.`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

const officeMarks = ['```\n$ nfstream fixtures/office.pcap\n', '\n```'] as const;

/** README with its first example renewed. */
export async function renewed(readme: string): Promise<string> {
  return between(readme, officeMarks, await officeTable());
}

function between(text: string, [begin, end]: readonly [string, string], middle: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md has lost its marks ${begin.trim()} ... ${end.trim()}.`);
  return text.slice(0, from + begin.length) + middle + text.slice(to);
}

/** The files that this script writes. */
export const pages = {
  readme: new URL('../README.md', import.meta.url),
  fields: new URL('fields.md', import.meta.url),
  options: new URL('options.md', import.meta.url),
  sparkOptions: new URL('../integrations/spark/pyspark_nfstream/flags.json', import.meta.url),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(pages.readme, await renewed(readFileSync(pages.readme, 'utf8')));
  writeFileSync(pages.fields, fieldsPage());
  writeFileSync(pages.options, optionsPage());
  writeFileSync(pages.sparkOptions, sparkOptions());
}
