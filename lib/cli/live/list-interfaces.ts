import { interfaces } from '../../live/index.js';

/** The table of the network devices as text: tab-separated, so that other programs can read it too. */
export function listInterfaces(): string {
  const rows = interfaces().map(({ name, state, mac, addresses }) => [name, state, mac ?? '', addresses.join(' ')]);
  return [['name', 'state', 'mac', 'addresses'], ...rows].map((cells) => `${cells.join('\t')}\n`).join('');
}
