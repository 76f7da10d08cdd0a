import { rewrite, rewritingFlags, rewritingRequest, type RewriteRequest } from './rewrite.js';
import type { Subcommand } from './subcommand.js';

const examples = `
Examples:
  nfstream convert flows.jsonl -o flows.arrow     the name of the output tells its format
  nfstream convert monday.csv tuesday.csv -o week.json
                                                  several files with the same columns
  nfstream convert .flows.csv.123-0.part -o saved.csv
                                                  what a run that was killed had written, up to its last whole row
  nfstream convert flows.parquet -o flows.csv
  nfstream convert - --format csv < flows.arrows  from standard input to standard output

Exit code: 0 done, 1 a file was cut off or damaged (what is in front of that is written), or something failed, 2 wrong usage.
`;

/** `nfstream convert`. */
export const convert: Subcommand<RewriteRequest> = {
  name: 'convert',
  does: 'Writes files of flows in another format.',
  takes: 'flows',
  examples,
  flags: (warn) => rewritingFlags('convert', warn),
  request: rewritingRequest,
  perform: (request, outside) => rewrite(request, outside),
};
