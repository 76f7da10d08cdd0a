import type { Subcommand } from './subcommand.js';
import type { subcommandNames } from './subcommand-names.js';

const loaders: Readonly<Record<(typeof subcommandNames)[number], () => Promise<Subcommand<any>>>> = Object.freeze({
  'build-ndpi': async () => (await import('./native/build-ndpi.js')).buildNdpi,
  check: async () => (await import('./check.js')).check,
  convert: async () => (await import('./convert.js')).convert,
  report: async () => (await import('./report.js')).report,
  sql: async () => (await import('./sql/sql.js')).sql,
  stitch: async () => (await import('./stitch.js')).stitch,
  summary: async () => (await import('./summary/summarize.js')).summary,
  top: async () => (await import('./top/top.js')).top,
});

/** The commands that come before the names of files, each loaded when it is asked for. */
export const subcommands: Readonly<Record<string, () => Promise<Subcommand<any>>>> = loaders;
