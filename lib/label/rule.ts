import { FlowError, listed, quoted, shortened, shown } from '../errors.js';
import { nearest } from '../text/nearest.js';
import { protocolNumbers } from '../text/protocol-names.js';
import { networkOf, type Network } from './network.js';
import { ruleTime } from './rule-time.js';
import type { Zone } from './zone.js';

/** A rule of ground truth: flows that it matches have its label. What is not given, or '', holds for every flow. The names are those of the columns of a file of rules. */
export interface LabelRule {
  /** Flows begin at this time, or later: `2017-07-05 09:47:00` in the zone of the rules, or with an offset of its own; or milliseconds since 1970. */
  from?: string | number | Date;
  /** Flows begin before this time. */
  to?: string | number | Date;
  /** One end: an address or a network, `172.16.0.1` or `10.0.0.0/8`. */
  src_ip?: string;
  /** Its port, or ports, `1024-65535`. */
  src_port?: string | number;
  /** The other end. */
  dst_ip?: string;
  dst_port?: string | number;
  /** A number from 0 to 255, or a name such as `tcp`. */
  protocol?: string | number;
  /** Whether `src_ip` is the flow's source (`forward`), or may be either end of it (`both`, the default). */
  direction?: 'forward' | 'both' | '';
  label: string;
  /** Is for people. */
  note?: string;
}

/** A rule as it is looked up. */
export interface CheckedRule {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Networks of source and destination; null for every address. */
  readonly networks: readonly [source: Network | null, destination: Network | null];
  readonly ports: readonly [source: Ports | null, destination: Ports | null];
  readonly protocol: number | null;
  readonly forward: boolean;
  readonly label: string;
}

/** Ports from one to another, with both. */
export type Ports = readonly [least: number, most: number];

/** The columns of a file of rules. */
export const ruleColumns = Object.freeze(['from', 'to', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'direction', 'label', 'note'] as const);

type RuleColumn = (typeof ruleColumns)[number];

/** Bytes of a label. */
const longestLabel = 1024;

/**
 * Checks a rule.
 * @param where how a sentence names the rules: `rules`, or the file
 * @throws {FlowError} ERR_NFSTREAM_LABEL, which names the rule and the column
 */
export function checkRule(rule: Readonly<Record<string, unknown>>, number: number, zone: Zone, where: string): CheckedRule {
  const fail = (sentence: string): FlowError => new FlowError('ERR_NFSTREAM_LABEL', `Rule ${number} of ${where}: ${sentence}.`);
  const cells = new Map<RuleColumn, string | number | Date>();
  for (const [name, value] of Object.entries(rule)) {
    if (value === undefined || value === null || value === '') continue;
    if (!isColumn(name)) throw fail(unknownColumn(name));
    if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Date)) throw fail(`${name} is ${shown(value)}, and no text or number`);
    cells.set(name, typeof value === 'string' ? value.trim() : value);
  }
  const checked = <T>(name: RuleColumn, check: (value: string | number | Date) => T | string, none: T): T => {
    const value = cells.get(name);
    if (value === undefined || value === '') return none;
    const result = check(value);
    if (typeof result === 'string') throw fail(`${name} ${result}`);
    return result;
  };
  const time = (name: 'from' | 'to', none: number): number =>
    checked<number>(
      name,
      (value) => {
        const found = ruleTime(value, zone);
        return typeof found === 'string' ? `${quoted(String(value))} ${found}` : found;
      },
      none,
    );
  const [from, to] = [time('from', -Infinity), time('to', Infinity)];
  if (from >= to) throw fail('from is not before to');
  const label = cells.get('label');
  if (typeof label !== 'string' || label === '') throw fail('it has no label');
  if (Buffer.byteLength(label) > longestLabel) throw fail(`its label is longer than ${longestLabel} bytes`);
  if (/\p{Surrogate}/u.test(label)) throw fail('its label has half of a character');
  return {
    from,
    to,
    networks: [checked('src_ip', networkIn, null), checked('dst_ip', networkIn, null)],
    ports: [checked('src_port', portsIn, null), checked('dst_port', portsIn, null)],
    protocol: checked('protocol', protocolIn, null),
    forward: checked('direction', directionIn, false),
    label,
  };
}

function isColumn(name: string): name is RuleColumn {
  return (ruleColumns as readonly string[]).includes(name);
}

/** What is wrong with the name of a column of rules. */
export function unknownColumn(name: string): string {
  const near = nearest(name, ruleColumns);
  return `there is no column ${shortened(name)} of rules${near === undefined ? `; they have ${listed(ruleColumns)}` : `; did you mean ${near}?`}`.replace(
    /\?$/,
    '',
  );
}

function networkIn(value: unknown): Network | string {
  return (typeof value === 'string' ? networkOf(value) : null) ?? `${quoted(String(value))} is neither an address nor a network such as 10.0.0.0/8`;
}

function portsIn(value: unknown): Ports | string {
  const [, least, most = least] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(String(value)) ?? [];
  if (least === undefined || Number(most) > 65_535 || Number(least) > Number(most))
    return `${quoted(String(value))} is neither a port nor ports such as 6000-6063`;
  return [Number(least), Number(most)];
}

function protocolIn(value: unknown): number | string {
  const text = String(value).toLowerCase();
  const number = /^\d{1,3}$/.test(text) ? Number(text) : protocolNumbers.get(text);
  return number === undefined || number > 255 ? `${quoted(String(value))} is neither the number of a protocol nor a name such as tcp` : number;
}

function directionIn(value: unknown): boolean | string {
  return value === 'forward' || value === 'both' ? value === 'forward' : `${quoted(String(value))} is neither forward nor both`;
}
