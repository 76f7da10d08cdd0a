import { FlowError } from '../errors.js';
import type { OptionStage } from '../option-stages.js';
import { checkOptions } from '../options.js';
import { CaptureFilter } from './capture-filter.js';
import type { DecodingOptions } from './decoding.js';

/** Options of {@link captureFile} and {@link captureStream}. */
export interface CaptureOptions extends DecodingOptions {
  /**
   * Keep only packets that match this libpcap filter expression, such as 'tcp port 443', of at most 65,536 characters. Default '', which keeps
   * all. It is compiled once; one of hundreds of hosts takes seconds, away from the event loop.
   */
  filter?: string;
  /**
   * What a damaged capture does. 'finish' (default): the stages behind get everything that was good and end normally, then the last one
   * raises the damage. 'abort': the stream is destroyed at once. A source without anything good is always destroyed.
   */
  onDamage?: 'finish' | 'abort';
  /** Destroys the stream when it is aborted. */
  signal?: AbortSignal;
}

/** Options of {@link captureFile}. */
export interface CaptureFileOptions extends CaptureOptions {
  /**
   * Merges several files by packet time into one timeline; packets of the same time come in the files' order, and within a file the order is
   * kept, so that one whose time is far ahead holds back those behind it. Default false, which reads one file after the other.
   */
  merge?: boolean;
  /** Makes every file a run of its own: {@link aggregate} begins each with an empty table and a fresh nDPI, and adds the column source_file. Default false. */
  perFile?: boolean;
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER as {@link CaptureFilter} */
export function checkCaptureOptions(options: CaptureOptions | undefined): Checked<CaptureOptions> {
  return check(['capture'], options) as Checked<CaptureOptions>;
}

/** As {@link checkCaptureOptions}, and ERR_NFSTREAM_OPTION_RANGE for two options that exclude each other. */
export function checkFileOptions(options: CaptureFileOptions | undefined): Checked<CaptureFileOptions> {
  const checked = check(['capture', 'timeline'], options) as Checked<CaptureFileOptions>;
  if (checked.merge && checked.perFile)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'merge makes one run of all files and perFile one of each; give one of the two.');
  return checked;
}

type Checked<Options extends CaptureOptions> = Required<Omit<Options, 'signal' | 'filter'>> & Pick<CaptureOptions, 'signal'> & { filter: CaptureFilter };

function check(stages: readonly OptionStage[], options: CaptureOptions | undefined): Checked<CaptureOptions> {
  const checked = checkOptions(stages, options);
  return { ...checked, filter: new CaptureFilter(checked['filter'] as string) } as Checked<CaptureOptions>;
}
