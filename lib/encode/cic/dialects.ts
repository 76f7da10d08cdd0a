import type { CicDialect } from '../../formats.js';
import { cicFeatures, type Cells } from './features.js';

/** A column of a file: its name, and what stands in it. */
export type CicColumn = { readonly name: string } & (
  { readonly kind: 'flow id' | 'source' | 'destination' | 'time' | 'label' } | { readonly kind: 'int' | 'real'; readonly value: (cells: Cells) => number }
);

type Identity = 'flow id' | 'source' | 'src_port' | 'destination' | 'dst_port' | 'protocol' | 'time';

/** What stands before the features, and the label's name behind them. Names have the spaces that the published files have. */
const ends: Readonly<Record<CicDialect, { identities: readonly (readonly [name: string, what: Identity])[]; label: string; names: 0 | 1 | 2 }>> = {
  v4: {
    identities: [
      ['Flow ID', 'flow id'],
      ['Src IP', 'source'],
      ['Src Port', 'src_port'],
      ['Dst IP', 'destination'],
      ['Dst Port', 'dst_port'],
      ['Protocol', 'protocol'],
      ['Timestamp', 'time'],
    ],
    label: 'Label',
    names: 0,
  },
  '2017': { identities: [[' Destination Port', 'dst_port']], label: ' Label', names: 1 },
  '2017-labelled': {
    identities: [
      ['Flow ID', 'flow id'],
      [' Source IP', 'source'],
      [' Source Port', 'src_port'],
      [' Destination IP', 'destination'],
      [' Destination Port', 'dst_port'],
      [' Protocol', 'protocol'],
      [' Timestamp', 'time'],
    ],
    label: ' Label',
    names: 1,
  },
  '2018': {
    identities: [
      ['Dst Port', 'dst_port'],
      ['Protocol', 'protocol'],
      ['Timestamp', 'time'],
    ],
    label: 'Label',
    names: 2,
  },
};

/** The files of 2017 tell this one twice, the second time behind another. */
const twice = ' Fwd Header Length';
const behind = ' Avg Bwd Segment Size';

/** The columns of a dialect, in their order. */
export function dialectColumns(dialect: CicDialect): readonly CicColumn[] {
  const { identities, label, names } = ends[dialect];
  const first = identities.map(([name, what]): CicColumn => {
    if (what === 'src_port' || what === 'dst_port' || what === 'protocol') return { name, kind: 'int', value: (cells) => cells[what] };
    return { name, kind: what };
  });
  const features = cicFeatures.map(([v4, of2017, of2018, kind, value]): CicColumn => ({ name: [v4, of2017, of2018][names]!, kind, value }));
  const again = features.find(({ name }) => name === twice)!;
  const all = names === 1 ? features.flatMap((column) => (column.name === behind ? [column, again] : [column])) : features;
  return [...first, ...all, { name: label, kind: 'label' }];
}
