import { expect } from 'chai';
import { buildColumn, type TextColumn } from '../../lib/flows/columns.js';
import type { Held } from '../../lib/stitch/held.js';
import { noPiece, OpenPieces } from '../../lib/stitch/open-pieces.js';
import { random } from './cut-runs.js';

/** A batch of which only the keys are looked at. */
function heldOf(keys: readonly string[]): Held {
  return { own: { key: buildColumn({ name: 'piece_key', type: 'text' }, keys) as TextColumn } } as unknown as Held;
}

describe('Open pieces', () => {
  it('are found by their keys, whatever was added and removed before', () => {
    const next = random(3);
    const held = heldOf(Array.from({ length: 5000 }, (_, row) => `${'k'.repeat(row % 9)}${row}`));
    const { key } = held.own;
    const open = new OpenPieces();
    const known = new Map<number, number>();
    for (let step = 0; step < 30_000; step++) {
      const row = Math.floor(next() * 5000);
      const hash = open.hashOf(key, row);
      const piece = open.find(hash, key, row);
      expect(piece === noPiece ? undefined : open.lastMs(piece)).to.equal(known.get(row));
      if (piece !== noPiece) {
        expect([open.row(piece), open.held(piece)]).to.deep.equal([row, held]);
        open.remove(piece);
        known.delete(row);
      } else {
        open.add(hash, held, row, step, step % 7);
        known.set(row, step);
      }
    }
    expect(open.size).to.equal(known.size);
  });

  it('may be removed while they are gone through', () => {
    const held = heldOf(Array.from({ length: 3000 }, (_, row) => String(row)));
    const open = new OpenPieces();
    for (let row = 0; row < 3000; row++) open.add(open.hashOf(held.own.key, row), held, row, row, 0);
    for (const piece of open) if (open.row(piece) % 2 === 0) open.remove(piece);
    expect([...open].map((piece) => open.row(piece) % 2)).to.deep.equal(Array(1500).fill(1));
    expect(open.size).to.equal(1500);
  });

  it('of other keys with the same hash are other pieces', () => {
    const held = heldOf(['one', 'other']);
    const open = new OpenPieces();
    open.add(1, held, 0, 0, 0);
    expect(open.find(1, held.own.key, 1)).to.equal(noPiece);
    open.add(1, held, 1, 0, 0);
    expect(open.row(open.find(1, held.own.key, 0))).to.equal(0);
    expect(open.row(open.find(1, held.own.key, 1))).to.equal(1);
  });
});
