import { fields, type Field } from '../schema/fields.js';
import { stageFields } from '../schema/stage-fields.js';
import { flagOf } from '../options.js';

/** The table of all columns as text: tab-separated, so that other programs can read it too. */
export function listFields(): string {
  const rows = [...fields, ...stageFields].map((field) => [field.name, typeOf(field), field.unit, broughtBy(field), field.source, field.meaning]);
  return [['name', 'type', 'unit', 'option', 'source', 'meaning'], ...rows].map((cells) => `${cells.join('\t')}\n`).join('');
}

function typeOf({ type, list }: Field): string {
  return list === undefined ? type : `list of ${list.item}`;
}

function broughtBy({ when, name }: Field): string {
  switch (when) {
    case 'always':
    case 'classic':
      return '';
    case 'tunnels':
      return flagOf('decodeTunnels');
    case 'labels':
      return flagOf('dissections');
    case 'enrich':
      return enrichFlag(name);
    case 'label':
      return flagOf('truth');
    default:
      return flagOf(when);
  }
}

/** The flag of the file or list that a column is told by. */
function enrichFlag(name: string): string {
  if (name.endsWith('_country')) return flagOf('enrichCountry');
  return flagOf(name.endsWith('_oui_name') ? 'enrichOui' : 'enrichAsn');
}
