/** Why a packet is in no flow, by the number in its record: the engine's IgnoreReason. Names and numbers never change. */
export const ignoreReasons = Object.freeze([
  'none',
  'link_type',
  'truncated',
  'not_ip',
  'malformed',
  'fragment',
  'no_next_header',
  'bad_checksum',
  'clock_step',
  'after_expire',
  'duplicate',
] as const);

/** One of {@link ignoreReasons}. */
export type IgnoreReason = (typeof ignoreReasons)[number];
