import { chooseFields, type FieldChoice } from '../../schema/choose-fields.js';

/** What figures are made of; those behind the first two lines tell what flows are about. */
const needed = [
  ...['src_ip', 'dst_ip', 'dst_port', 'protocol', 'expiration_id', 'bidirectional_packets', 'bidirectional_bytes'],
  ...['bidirectional_first_seen_ms', 'bidirectional_last_seen_ms', 'new_packets', 'new_bytes'],
];
const labels = ['application_name', 'application_category_name', 'requested_server_name'];

/** Options of a stage. */
type Options = Readonly<Record<string, unknown>>;

/** What decides about columns where nothing else is said. */
const usual = { features: 'nfstream', decodeTunnels: true, dissections: 20, splt: 0, payloadBytes: 0, timeUnit: 'ms', timestamps: 'int' } as const;

/**
 * Options of an aggregator that has the columns of figures besides its own, and the names of those that were not asked for.
 * @param decodeTunnels as the source has it
 * @throws {FlowError} ERR_NFSTREAM_COLUMN
 */
export function withFigureColumns(options: Options, decodeTunnels: unknown): { options: Options; added: ReadonlySet<string> } {
  const given = { ...usual, ...(decodeTunnels === undefined ? {} : { decodeTunnels }), ...options } as unknown as FieldChoice;
  const asked = chooseFields(given).map(({ name }) => name);
  const wanted = given.dissections > 0 ? [...needed, ...labels] : needed;
  const features = [...new Set([...asked, ...wanted])];
  const names = [...new Set(chooseFields({ ...given, increments: true, features }).map(({ name }) => name))];
  const before = new Set(asked);
  return { options: { ...options, increments: true, features: names }, added: new Set(names.filter((name) => !before.has(name))) };
}
