import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import type { WrittenFile } from './output-file.js';

/** How a run's flows are laid out in files: one, several after each other, or a tree of folders. One call at a time, but for `abort`. */
export interface Layout {
  /** Finds out at the start whether there can be output. */
  open(): Promise<void>;
  write(batch: FlowBatch): Promise<void>;
  /** When the open files are to be closed though no flow has come, in milliseconds since 1970; Infinity for never. */
  readonly dueMs: number;
  /** Closes the open files, which get their names. */
  close(): Promise<void>;
  /** Whether it goes on in other files then. */
  readonly rotates: boolean;
  /** The same when somebody asks for it, at any time: a name that the pattern gives again is told apart. */
  rotate(): Promise<void>;
  /** Closes everything after the last flow. @param schema of a file without rows */
  finish(schema: Schema): Promise<void>;
  /** Gives up what is not whole. */
  abort(): Promise<void>;
  /** What was written so far, files that were deleted again included. */
  readonly flows: number;
  readonly bytes: number;
  /** The files that are whole; null where there is only one, of the path that was given. */
  readonly files: WrittenFile[] | null;
}
