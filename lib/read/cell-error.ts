/** What is wrong with a row, without its place: whoever reads the row knows where it is. */
export class CellError extends Error {
  override readonly name = 'CellError';
}
