/** A command with flags; `run` is the one without a name. */
export type FlagCommand = 'run' | 'convert' | 'stitch' | 'summary' | 'top' | 'sql' | 'report';

/** One row of the table of stages that take options. */
interface OptionStageRow {
  readonly name: string;
  /** Which functions take its options, for docs/options.md. */
  readonly takenBy: string;
  /** Its heading in help texts. */
  readonly heading: string;
  /** The commands that have flags for its options. */
  readonly commands: readonly FlagCommand[];
}

const packets = ['run', 'sql', 'report', 'top'] as const;
const flows = ['run', 'convert', 'stitch', 'report'] as const;
const writing = ['run', 'convert', 'stitch', 'sql'] as const;
const reading = ['convert', 'stitch', 'summary', 'sql', 'report', 'top'] as const;

/** The table of stages that take options, in the order of the documentation and of help texts. A configuration has a section for each that `run` has flags for. */
export const optionStages = Object.freeze([
  { name: 'capture', takenBy: '`captureFile`, `captureStream`', heading: 'Reading packets', commands: packets },
  { name: 'timeline', takenBy: '`captureFile` alone', heading: 'Reading packets', commands: ['run', 'sql', 'report'] },
  {
    name: 'live',
    takenBy: '`captureLive`, with those of `captureFile` and `captureStream`',
    heading: 'Capturing from network devices',
    commands: ['run', 'top'],
  },
  { name: 'aggregate', takenBy: '`aggregate`', heading: 'Making flows', commands: packets },
  { name: 'report', takenBy: '`aggregate`, but not `Streamer`', heading: 'Watching a run', commands: ['run'] },
  { name: 'enrich', takenBy: '`enrich` ([enrich.md](enrich.md))', heading: 'Names for addresses', commands: flows },
  { name: 'label', takenBy: '`label` ([label.md](label.md))', heading: 'Labelling flows with ground truth', commands: flows },
  { name: 'stitch', takenBy: '`stitch` ([stitching.md](stitching.md))', heading: 'Putting flows together', commands: ['stitch'] },
  { name: 'where', takenBy: '`where`', heading: 'Choosing flows', commands: ['run', 'convert', 'stitch', 'summary', 'report', 'top'] },
  {
    name: 'predict',
    takenBy: '`predict` ([machine-learning.md](machine-learning.md))',
    heading: 'Scoring flows',
    commands: writing,
  },
  { name: 'plugins', takenBy: '`aggregate`, for plugins ([plugins.md](plugins.md))', heading: '', commands: [] },
  { name: 'anonymize', takenBy: '`anonymize`', heading: 'Hiding who it was', commands: flows },
  { name: 'packets', takenBy: '`Streamer.toCapture`, `Streamer.toPacketTable` ([packets.md](packets.md))', heading: 'Writing packets', commands: [] },
  { name: 'packetFile', takenBy: '`Streamer.toCapture` alone', heading: 'Writing packets', commands: [] },
  { name: 'file', takenBy: '`toFile`', heading: 'Writing', commands: writing },
  {
    name: 'rotate',
    takenBy: '`toFile`, in `rotate`',
    heading: 'Writing several files, whose names are a pattern such as flows-%Y%m%d-%H%M%S-{n}.csv',
    commands: writing,
  },
  { name: 'csv', takenBy: '`toCsv`, and `toFile` of CSV', heading: 'Writing CSV', commands: writing },
  {
    name: 'cic',
    takenBy: '`toCicCsv`, and `toFile` of CICFlowMeter ([cicflowmeter.md](cicflowmeter.md))',
    heading: "Writing CICFlowMeter's columns",
    commands: writing,
  },
  { name: 'json', takenBy: '`toJson`, and `toFile` of JSON', heading: 'Writing JSON', commands: writing },
  { name: 'arrow', takenBy: '`toArrow`, and `toFile` of Arrow', heading: 'Writing Arrow', commands: writing },
  { name: 'parquet', takenBy: '`toParquet`, and `toFile` of Parquet', heading: 'Writing Parquet', commands: writing },
  { name: 'page', takenBy: '`toReport` ([report.md](report.md))', heading: 'Making the report', commands: ['report'] },
  { name: 'read', takenBy: '`fromJson`, `fromCsv`, `fromArrow`, `fromParquet`, `fromFile`', heading: 'Reading flows', commands: reading },
  { name: 'readText', takenBy: '`fromJson`, `fromCsv`, `fromFile`', heading: 'Reading flows', commands: reading },
  { name: 'readCsv', takenBy: '`fromCsv`, `fromFile`', heading: 'Reading flows', commands: reading },
  { name: 'readFile', takenBy: '`fromFile` alone', heading: 'Reading flows', commands: reading },
] as const satisfies readonly OptionStageRow[]);

/** A stage that takes options. */
export type OptionStage = (typeof optionStages)[number]['name'];

/** The stages that a command has flags for, in their order. */
export function stagesOf(command: FlagCommand): readonly OptionStage[] {
  return optionStages.filter((row) => (row.commands as readonly FlagCommand[]).includes(command)).map((row) => row.name);
}

/** The stages whose options the command without a name has flags for. */
export type RunStage = Extract<(typeof optionStages)[number], { commands: readonly ['run', ...string[]] }>['name'];
