import type { NativeEngineOptions } from '../../typings/native.js';
import { compileMetrics } from '../metrics/metric.js';
import type { UserField } from '../schema/schema.js';

/** Metrics as users give them; undefined for none. */
type Given = Readonly<Record<string, string>> | undefined;

/**
 * The columns of metrics; the engine knows them by their numbers. Names that users gave are never converted.
 * @throws {FlowError} ERR_NFSTREAM_EXPRESSION, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function metricFields(given: Given): UserField[] {
  return compileMetrics(given ?? {}).map(({ name, text, type, nullable }, index) => {
    const field = {
      name,
      type,
      unit: '',
      when: 'always',
      meaning: `The metric ${text}.`,
      source: '',
      column: `metric ${index}`,
      frozen: true,
      user: true,
    } as const;
    return Object.freeze(nullable ? { ...field, nullable } : field);
  });
}

/** The metrics as the engine takes them. */
export function metricPrograms(given: Given): NativeEngineOptions['metrics'] {
  return compileMetrics(given ?? {}).map(({ aggregate, value, where }) => ({ aggregate, value, where }));
}
