/** How the values of two pieces of one flow make the value of both, as plugins and metrics can say it; `none` is null. */
export const mergeRules = Object.freeze(['sum', 'min', 'max', 'first', 'last', 'none'] as const);

/** How two pieces of a flow merge in a column. */
export type MergeRule = (typeof mergeRules)[number];

/**
 * How two pieces of a flow merge in a column of the table of fields. Besides {@link MergeRule}: `order` and `end` are those of the whole run; `earliest` and `latest` are of the
 * first and of the last piece that has packets that way; `uid` is the first piece's, which its first packet's time is part of; `found` is the first piece's that has a value, and
 * `hello` as well, which may lie across the cut; `with the SYN` is of the piece whose SYN came first; `least`, `mean` and `deviation` are of all sizes, with `gap` of all gaps, that
 * between the pieces included, with `window` of TCP windows, whose scale an earlier piece may tell; `period` is of active and idle periods; `list` and `prefix` go on with the next
 * piece's, and `entropy` is that of such a prefix; `label` is of the first piece, where its dissection was over, else of the piece that knows most, `fact` of the first that knows it;
 * `remade` stands in other columns; `piece` is stitching's own.
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
  | 'hello'
  | 'with the SYN'
  | 'least'
  | 'mean'
  | 'deviation'
  | 'least gap'
  | 'most gap'
  | 'mean gap'
  | 'deviation of gaps'
  | 'least window'
  | 'most window'
  | 'period'
  | 'list'
  | 'prefix'
  | 'entropy'
  | 'label'
  | 'fact'
  | 'fact of a hello'
  | 'remade'
  | 'piece';
