/** The capture that the flows of a batch are from, where every capture is a run of its own (`perFile`). One object a capture. */
export interface FlowSource {
  /** The capture as it was given; of one in a directory, the directory as it was given and the file's name. */
  readonly file: string;
  /** Its place among the captures of the run, from 0. */
  readonly index: number;
  /** The `id` of its first flow, counted over the whole run. */
  readonly firstId: number;
}
