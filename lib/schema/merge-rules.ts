/** How the values of two pieces of one flow make the value of both, as plugins and metrics can say it; `none` is null. */
export const mergeRules = Object.freeze(['sum', 'min', 'max', 'first', 'last', 'none'] as const);

/** How two pieces of a flow merge in a column. */
export type MergeRule = (typeof mergeRules)[number];

/**
 * How two pieces of a flow merge in a column of the table of fields. Besides {@link MergeRule}: `order` and `end` are those of the whole run; `earliest` and `latest` are of the
 * first and of the last piece that has packets that way; `uid` is the first piece's, which its first packet's time is part of; `found` is the first piece's that has a value, `with the SYN` that of the piece whose SYN came first; `least`, `mean` and `deviation` are of all
 * sizes, with `gap` of all gaps, that between the pieces included, with `period` of active and idle periods; `list` and `prefix` go on with the next piece's; `label` is of the first
 * piece, where its dissection was over, else of the one with most dissected packets; `remade` stands in other columns; `piece` is stitching's own.
 */
export type FieldMerge =
  | MergeRule
  | 'order'
  | 'end'
  | 'earliest'
  | 'latest'
  | 'duration'
  | 'rate'
  | 'uid'
  | 'found'
  | 'with the SYN'
  | 'least'
  | 'mean'
  | 'deviation'
  | 'least gap'
  | 'most gap'
  | 'mean gap'
  | 'deviation of gaps'
  | 'period'
  | 'list'
  | 'prefix'
  | 'entropy'
  | 'label'
  | 'remade'
  | 'piece';
