import type { FlowBatch } from '../flows/flow-batch.js';
import { fromFile, type FileReadOptions } from '../read/readers.js';
import { placeOf, comparePlaces, type PiecePlace } from '../stitch/place.js';
import { stitch as stitching, type StitchOptions, type StitchReport } from '../stitch/stitch.js';
import { counted } from '../text/quantity.js';
import { ownOptions } from './flags.js';
import { rewrite, rewritingFlags, rewritingRequest, type RewriteRequest } from './rewrite.js';
import type { Outside } from './streams.js';
import type { Subcommand } from './subcommand.js';
import { UsageError } from './usage-error.js';

const examples = `
Examples:
  nfstream monday.pcap --partial -o monday.parquet
  nfstream tuesday.pcap --partial -o tuesday.parquet
  nfstream stitch monday.parquet tuesday.parquet -o week.parquet
                                                  flows that lie in both are one flow
  nfstream captures/ --per-file --partial --format arrows | nfstream stitch - -o whole.parquet

Files are put in the order of their times. Pieces on standard input come in that order: by piece_point, piece_clock_ns, piece_capture, then flows
before bounds, by piece_last_packet.

Exit code: 0 done, 1 a file was cut off or damaged (what is in front of that is written), or something failed, 2 wrong usage.
`;

/** What `nfstream stitch` is asked for. */
interface StitchRequest extends RewriteRequest {
  readonly how: StitchOptions;
}

/** `nfstream stitch`. */
export const stitch: Subcommand<StitchRequest> = {
  name: 'stitch',
  does: 'Puts flows together again that lie in several captures.',
  takes: 'flows',
  examples,
  flags: (warn) => rewritingFlags('stitch', warn),
  request: (line) => ({ ...rewritingRequest(line), how: ownOptions(line.program, line.values) }),
  perform,
};

async function perform(request: StitchRequest, outside: Outside): Promise<number> {
  if (request.sources.length > 1 && request.sources.includes('-'))
    throw new UsageError('Files are read twice, to put them in order; give standard input (-) alone.');
  const stage = stitching(request.how);
  const sources = request.sources.length === 1 ? request.sources : await inOrder(request.sources, request.read);
  return rewrite({ ...request, sources }, outside, [stage], () => summary(stage.report()));
}

/** The files in the order of the captures that they begin with. */
async function inOrder(sources: readonly string[], read: FileReadOptions): Promise<string[]> {
  const placed: { source: string; place: PiecePlace }[] = [];
  for (const source of sources) placed.push({ source, place: await firstPlace(source, read) });
  return placed.sort((one, other) => comparePlaces(one.place, other.place)).map(({ source }) => source);
}

/** Where the first flow of a file stands; damage behind it is told when the file is read. */
async function firstPlace(source: string, read: FileReadOptions): Promise<PiecePlace> {
  for await (const batch of fromFile(source, read) as AsyncIterable<FlowBatch>) if (batch.length > 0) return placeOf(batch);
  return { point: '', clock: 0n, capture: '' };
}

function summary({ flows, pieces, captures, inexact, lateCaptures }: StitchReport): string {
  return [
    `${counted(flows, 'flow')} of ${counted(pieces, 'piece')} in ${counted(captures, 'capture')}`,
    ...(inexact > 0 ? [`${counted(inexact, 'flow')} not exact in all columns (stitch_inexact)`] : []),
    ...(lateCaptures > 0 ? [`${counted(lateCaptures, 'capture')} with packets from before the end of those before`] : []),
  ].join('; ');
}
