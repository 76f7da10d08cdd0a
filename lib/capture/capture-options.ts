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
   * Ends flows in time while nothing comes: on a source that has been silent for half a second a flow ends when its timeout is over, by the time of the last packet and
   * what has gone by since the last byte. False waits for the next packet, for writers that keep packets back (`tcpdump` without `-U`). Default true. Without effect on
   * files that do not grow.
   */
  silentClock?: boolean;
  /**
   * What a damaged capture does. 'finish' (default): the stages behind get everything that was good and end normally, then the last one
   * raises the damage. 'abort': the stream is destroyed at once. A source without anything good is always destroyed.
   */
  onDamage?: 'finish' | 'abort';
  /**
   * Puts packets that are out of order by less than this many seconds into the order of their times before anything is done with them; those of one time stay in the order in
   * which they came. What comes later still goes on as it comes, and is counted at the clock. Not with `follow`, and not for devices. On a stream or pipe flows wait while packets do. Default 0, which leaves packets as they come.
   */
  reorder?: number;
  /** Bytes of memory in which packets may wait for that, from 16 MiB; when they are used up, the first ones go on earlier. Default 67,108,864. */
  reorderBytes?: number;
  /**
   * Ignores a packet that is the same as one seen at most this many seconds before (`duplicate`), as a mirror port shows a packet twice. It stands behind `reorder`. Keep it
   * short: what a host sends again may be the same too (docs/captures.md). Default 0, which keeps all.
   */
  deduplicate?: number;
  /**
   * What is compared: 'frame' (default), every captured byte and the length on the wire; 'packet', the innermost IP packet without its time to live and header checksum, so that
   * frames count as the same that a router, a VLAN or a tunnel apart.
   */
  deduplicateBy?: 'frame' | 'packet';
  /** Destroys the stream when it is aborted. */
  signal?: AbortSignal;
}

/** Options of {@link captureFile}. */
export interface CaptureFileOptions extends CaptureOptions {
  /**
   * Waits for more at the end of the capture, as `tail -F` does: a record that is half written is waited for; a file that was cut short, or whose path stands for another one,
   * is read anew from its beginning, which the event 'restart' or a process warning tells. Of a directory the captures are read in the order of their names, then the next
   * one as it appears, which ends the one before it. Ends with `stop()`. For one path, and not with `merge`; a FIFO or socket is read as without it. Default false.
   */
  follow?: boolean;
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
  if (checked.merge && checked.follow)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'merge needs captures that are whole, and follow waits for more of one; give one of the two.');
  if (checked.merge && checked.perFile)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'merge makes one run of all files and perFile one of each; give one of the two.');
  if (checked.reorder > 0 && checked.follow)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'reorder holds packets back until later ones come, which follow may wait for; give one of the two.');
  return checked;
}

type Checked<Options extends CaptureOptions> = Required<Omit<Options, 'signal' | 'filter'>> & Pick<CaptureOptions, 'signal'> & { filter: CaptureFilter };

function check(stages: readonly OptionStage[], options: CaptureOptions | undefined): Checked<CaptureOptions> {
  const checked = checkOptions(stages, options);
  return { ...checked, filter: new CaptureFilter(checked['filter'] as string) } as Checked<CaptureOptions>;
}
