/** What figures can be filtered by. */
export const dimensions = [
  'application',
  'category',
  'host',
  'time',
  'protocol',
  'port',
  'tcpState',
  'tlsVersion',
  'ja4',
  'serverName',
  'dnsName',
  'dnsCode',
  'risk',
] as const;

/** A dimension of filters. */
export type Dimension = (typeof dimensions)[number];

/** What a number of a cell is: of a text, or a value itself, as the class of a scale is. */
export type KeyName = Exclude<Dimension, 'time'> | 'source' | 'destination' | 'duration' | 'size' | 'rate';

/** What the time line can be divided by. */
export const seriesNames = ['application', 'category', 'protocol'] as const;

/** A division of the time line. */
export type SeriesName = (typeof seriesNames)[number];

/** The names of the figures' sums. */
export type CubeName = keyof typeof cubes;

interface CubeRow {
  readonly keys: readonly KeyName[];
  /** Dimensions that its figure chooses from: a figure is filtered by every other one. */
  readonly own: readonly Dimension[];
  /** Cells at most, while flows are gathered and in a page without flows. */
  readonly limit: number;
  readonly inPage: number;
}

/** Keys that are numbers of texts. */
export const textKeys: ReadonlySet<KeyName> = new Set([
  'application',
  'category',
  'host',
  'source',
  'destination',
  'tcpState',
  'tlsVersion',
  'ja4',
  'serverName',
  'dnsName',
  'risk',
]);

const many = 1 << 14;

/** The sums behind the figures. The application is in each of them, so that a page without flows can be filtered by it. */
export const cubes = {
  applications: { keys: ['application', 'category'], own: ['application', 'category'], limit: many, inPage: 1000 },
  hosts: { keys: ['host', 'application'], own: ['host'], limit: many, inPage: 4000 },
  pairs: { keys: ['source', 'destination', 'application'], own: [], limit: many, inPage: 4000 },
  protocols: { keys: ['protocol', 'application'], own: ['protocol'], limit: many, inPage: 2000 },
  ports: { keys: ['protocol', 'port', 'application'], own: ['port'], limit: many, inPage: 3000 },
  durations: { keys: ['duration', 'application'], own: [], limit: many, inPage: 4000 },
  sizes: { keys: ['size', 'application'], own: [], limit: many, inPage: 4000 },
  rates: { keys: ['rate', 'application'], own: [], limit: many, inPage: 4000 },
  tcpStates: { keys: ['tcpState', 'application'], own: ['tcpState'], limit: many, inPage: 2000 },
  retransmissions: { keys: ['application'], own: ['application'], limit: many, inPage: 1000 },
  tlsVersions: { keys: ['tlsVersion', 'application'], own: ['tlsVersion'], limit: many, inPage: 1000 },
  ja4s: { keys: ['ja4', 'application'], own: ['ja4'], limit: many, inPage: 1000 },
  serverNames: { keys: ['serverName', 'application'], own: ['serverName'], limit: many, inPage: 2000 },
  dnsNames: { keys: ['dnsName', 'dnsCode', 'application'], own: ['dnsName'], limit: many, inPage: 2000 },
  dnsCodes: { keys: ['dnsCode', 'application'], own: ['dnsCode'], limit: many, inPage: 500 },
  risks: { keys: ['risk', 'application'], own: ['risk'], limit: many, inPage: 2000 },
} as const satisfies Record<string, CubeRow>;

/** The names of all sums. */
export const cubeNames = Object.keys(cubes) as readonly CubeName[];
