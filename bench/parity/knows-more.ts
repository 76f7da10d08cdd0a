import type { Row } from './match.js';

/** What our own parser of hellos may tell of a flow beyond nDPI. */
export const helloColumns: ReadonlySet<string> = new Set([
  'application_name',
  'application_category_name',
  'application_is_guessed',
  'application_confidence',
  'application_confidence_name',
  'requested_server_name',
]);

/** Whether ours knows more of a flow by the rule `own-hello` of docs/differences.md: the reference has no name of the server, and ours has one or a label by its hello. */
export function knowsMore(reference: Row, ours: Row): boolean {
  if (reference['requested_server_name'] !== '') return false;
  return ours['requested_server_name'] !== '' || ours['application_confidence'] === 110;
}
