import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FlowError, reassembly, Streamer, type ReassemblyColumns } from '../../lib/index.js';
import { usualFolders } from '../parity/reference.js';

const help = `Compares the streams of reassembly() with those that tshark follows, on every capture of a folder; tshark is run once a connection.
  --captures FOLDER  the captures (default: the environment variable NFSTREAM_CAPTURES, or shared/captures beside the clone)
  --most N           leave out captures with more connections (default 60)`;

const { values } = parseArgs({
  options: { captures: { type: 'string', default: usualFolders.captures }, most: { type: 'string', default: '60' }, help: { type: 'boolean', default: false } },
});

const bytes = 4000;
const longest = 1e6; // seconds, so that a connection is one flow

interface Connection {
  readonly ends: readonly [client: string, server: string];
  readonly udps: ReassemblyColumns;
}

async function connections(path: string): Promise<Connection[]> {
  const found: Connection[] = [];
  const end = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  try {
    for await (const flow of new Streamer({ source: path, dissections: 0, idleTimeout: longest, activeTimeout: longest, plugins: [reassembly({ bytes })] }))
      if (flow.protocol === 6 && flow.tunnelId === 0) found.push({ ends: [end(flow.srcIp, flow.srcPort), end(flow.dstIp, flow.dstPort)], udps: flow.udps });
  } catch (error) {
    if (!(error instanceof FlowError)) throw error; // damaged captures have flows in front of the damage
  }
  return found;
}

/** What tshark follows between two ends, from the first to the second and back, in hex; null when it refuses. */
function followed(path: string, ends: readonly [string, string]): readonly [string, string] | null {
  let text: string;
  try {
    text = execFileSync('tshark', ['-r', path, '-q', '-z', `follow,tcp,raw,${ends.join()}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    });
  } catch {
    return null;
  }
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('Node 1')) + 1;
  const data = lines.slice(
    from,
    lines.indexOf(
      lines.findLast((line) => line.startsWith('===='))!,
      from,
    ),
  );
  const first = data.filter((line) => !line.startsWith('\t')).join('');
  const second = data.flatMap((line) => (line.startsWith('\t') ? [line.slice(1)] : [])).join('');
  return text.includes(`Node 0: ${ends[0]}\n`) ? [first, second] : [second, first];
}

async function main(): Promise<void> {
  const totals = { connections: 0, streams: 0, same: 0, 'with gaps': 0, 'with conflicts': 0, 'not followed by tshark': 0, 'left out': 0 };
  for (const capture of readdirSync(values.captures)) {
    const path = join(values.captures, capture);
    const found = await connections(path);
    if (found.length > Number(values.most)) {
      totals['left out'] += found.length;
      continue;
    }
    for (const { ends, udps } of found) {
      totals.connections++;
      const theirs = followed(path, ends);
      if (theirs === null) {
        totals['not followed by tshark']++;
        continue;
      }
      (['src2dst_stream', 'dst2src_stream'] as const).forEach((way, direction) => {
        const [ours, gaps] = [udps[way]!, udps[`${way}_gaps`]];
        totals.streams++;
        if (gaps !== null) totals['with gaps']++;
        if (udps[`${way}_conflicts`] !== 0) totals['with conflicts']++;
        // Behind a gap tshark goes on.
        const expected = theirs[direction]!.slice(0, gaps === null ? 2 * bytes : ours.length);
        if (ours === expected) totals.same++;
        else console.log(`${capture}: ${ends.join(' > ')}, ${way}: ${ours.length / 2} bytes but tshark has ${expected.length / 2}`);
      });
    }
  }
  console.log(totals);
}

if (values.help) console.log(help);
else await main();
