import type { NativeDamage } from '../../typings/native.js';
import { FlowError, type FlowErrorCode } from '../errors.js';
import { shownName } from '../open-error.js';

/** The error for what the engine found wrong with a capture; `file` is null for one that comes from a stream. */
export function damageError(file: string | null, damage: NativeDamage): FlowError {
  const place = { ...(file !== null && { file }), ...(damage.packet > 0 && { packet: damage.packet }), offset: damage.offset };
  return new FlowError(damage.code as FlowErrorCode, file === null ? damage.text : `${shownName(file)}: ${damage.text}`, place);
}
