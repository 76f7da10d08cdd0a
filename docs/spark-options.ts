import { flagOptions } from '../lib/cli/flags.js';
import { flagOf, type Option } from '../lib/options.js';
import type { OptionStage } from '../lib/option-stages.js';

// integrations/spark/pyspark_nfstream/flags.json: what the options of the data source become on the command line. Made by docs/tables.ts.

/** Stages whose options mean the same in a run that is shared out over many machines. */
const stages: readonly OptionStage[] = ['capture', 'aggregate', 'where', 'predict', 'anonymize'];

/** What the data source decides itself, or what has no meaning for it. */
const own: readonly string[] = ['silentClock', 'onDamage', 'maxFlows', 'processes'];

/** An option of the data source. */
interface SparkOption {
  readonly name: string;
  readonly flag: string;
  /** `set` takes a value, or false; `lines` is given once for each line of the value; `switch` is a flag without a value. */
  readonly takes: 'value' | 'set' | 'lines' | 'switch';
  /** Names in older releases of NFStream. */
  readonly was: readonly string[];
}

/** The text of flags.json: an option a line. */
export function sparkOptions(): string {
  const rows = flagOptions.filter((row) => (stages.includes(row.stage) && !own.includes(row.name)) || row.name === 'compact');
  const told = rows.map((row): SparkOption => {
    const was = [row.nfstream6, row.nfstream1].filter((name) => name !== undefined);
    const name = row.flag ?? row.name;
    return { name, flag: flagOf(name), takes: takes(row), was: [...new Set(was)].filter((old) => old.replaceAll('_', '') !== name.toLowerCase()) };
  });
  const fields: SparkOption = { name: 'fields', flag: '--fields', takes: 'value', was: [] };
  return `[\n${[...told, fields].map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`;
}

function takes({ type, default: usual, name }: Option): SparkOption['takes'] {
  if (type === 'boolean' && usual === true) throw new Error(`flags.json can't say of ${name} that it is switched off.`);
  if (type === 'boolean') return 'switch';
  if (type === 'set') return 'set';
  return type === 'metrics' ? 'lines' : 'value';
}
