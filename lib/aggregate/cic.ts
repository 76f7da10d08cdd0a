import { FlowError, shown } from '../errors.js';
import { flagOf } from '../options.js';

/** When flows of CICFlowMeter end: what is more than 120 s behind the first packet, in whole milliseconds, is another flow. */
const ends = { idleTimeout: 120.001, activeTimeout: 120.001, tcpExpiry: 'cicflowmeter', tcpLinger: 0 } as const;

/**
 * What a caller gave, with what CICFlowMeter has where `expiry` asks for it, and microseconds where `features` does and nothing was said.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for an option that `expiry` decides
 */
export function withCicDefaults<Given extends object>(given: Given): Given {
  const { expiry, features, timeUnit } = (given ?? {}) as { expiry?: unknown; features?: unknown; timeUnit?: unknown };
  const timed = features === 'cicflowmeter' && timeUnit === undefined ? { ...given, timeUnit: 'us' } : given;
  if (expiry !== 'cicflowmeter') return timed;
  const other = (Object.keys(ends) as (keyof typeof ends)[]).find((name) => (given as Record<string, unknown>)[name] !== undefined);
  if (other === undefined) return { ...timed, ...ends };
  throw new FlowError(
    'ERR_NFSTREAM_OPTION_RANGE',
    `With expiry ${shown(expiry)}, ${other} (${flagOf(other)}) has nothing to decide: flows end when they are 120 s old, at a RST and at the destination's first FIN. Leave one of the two out.`,
  );
}
