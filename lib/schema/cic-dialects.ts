/** Every dialect of CICFlowMeter's files. */
export const cicDialects = Object.freeze(['v4', '2017', '2017-labelled', '2018'] as const);

/** Whose header and columns a file of CICFlowMeter's columns has. */
export type CicDialect = (typeof cicDialects)[number];
