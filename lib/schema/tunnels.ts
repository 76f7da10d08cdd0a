/**
 * Kinds of tunnel by their number in the column `tunnel_id`; 0 is none. Numbers never change: those of nfstream as far as it has names
 * (it opens the first three), then our own.
 */
const kinds = Object.freeze(['gtp', 'capwap', 'tzsp', 'l2tp', 'vxlan', 'geneve', 'gre', 'teredo'] as const);

/** A kind of tunnel that can be looked into. */
export type TunnelKind = (typeof kinds)[number];

/** Every kind of tunnel that can be looked into, in the order of their numbers. */
export const tunnelKinds: readonly TunnelKind[] = kinds;

/** Which tunnels are looked into: `true` is GTP-U, CAPWAP and TZSP, as in nfstream, `false` none, `'all'` every kind. */
export type DecodeTunnels = boolean | 'all' | readonly TunnelKind[];

/** The kinds that a value of the option names. */
export function tunnelsOf(asked: DecodeTunnels): readonly TunnelKind[] {
  if (asked === 'all') return kinds;
  if (asked === true) return ['gtp', 'capwap', 'tzsp'];
  return asked === false ? [] : asked;
}

/** The same as the engine takes it: bit n is the kind with number n. */
export function tunnelBits(asked: DecodeTunnels): number {
  return tunnelsOf(asked).reduce((bits, kind) => bits | (1 << (kinds.indexOf(kind) + 1)), 0);
}

/** Whether a network's number can be in `tunnel_vni`: VXLAN and Geneve have one that is the same in both directions. */
export function hasNetworks(asked: DecodeTunnels): boolean {
  return tunnelsOf(asked).some((kind) => kind === 'vxlan' || kind === 'geneve');
}
