import { FlowError, invalidOption, quoted } from '../errors.js';
import { checkOptions } from '../options.js';
import { CaptureFilter } from '../capture/capture-filter.js';
import type { CaptureOptions } from '../capture/capture-options.js';

/** Options of {@link captureLive}. */
export interface LiveOptions extends Omit<CaptureOptions, 'reorder' | 'reorderBytes'> {
  /** Takes frames that are for other machines too. Default true; without effect on the device `any`. */
  promiscuous?: boolean;
  /**
   * Bytes of each packet that are captured, from 64 to 262,144. Default 262144, which holds whole frames also where a card or the kernel joins segments (GRO, TSO, BIG TCP).
   * Columns tell the length on the wire all the same.
   */
  snapshotLength?: number;
  /** Bytes of the kernel's ring of each reader, from 1 MiB to 2 GiB - 1. Default 33554432 (32 MiB). */
  bufferSize?: number;
  /**
   * Threads that read each device, from 1 to 64, each from a ring of its own: for more packets than one thread can decode. The kernel shares the packets out by their outer addresses,
   * both directions to one thread, and packets of all threads are one timeline again, for which each waits up to 50 ms. More than one goes without `retry`. Default 1.
   */
  readers?: number;
  /** Reads each packet when it comes, instead of up to 100 ms later with others. Default false. */
  immediate?: boolean;
  /**
   * Waits for a device that goes down or away until one of its name is there again, which it looks for every second, or every so many seconds: the run goes on, with the flows that are
   * open. By default, false, every flow is given and then ERR_NFSTREAM_DEVICE_GONE is told.
   */
  retry?: boolean | number;
}

/** The options of a live source, checked. */
export type CheckedLive = Required<Omit<LiveOptions, 'signal'>> & Pick<LiveOptions, 'signal'>;

/** Characters of a name; those of Linux have 15. */
const longestName = 64;
/** Most devices of one source. */
const mostDevices = 64;

/** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER for a short filter that libpcap does not accept */
export function checkLiveOptions(options: LiveOptions | undefined): CheckedLive {
  const { reorder, reorderBytes: _, ...given } = checkOptions(['capture', 'live'], options) as unknown as CheckedLive & Required<CaptureOptions>;
  const checked: CheckedLive = given;
  if (checked.readers > 1 && checked.retry !== false)
    throw invalidOption(
      'ERR_NFSTREAM_OPTION_RANGE',
      'readers',
      '1 with retry, as sockets that share a device cannot go over to another one of its name,',
      checked.readers,
    );
  if (reorder > 0)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'reorder is for captures, and not for devices, whose packets come in the order of their times.');
  void new CaptureFilter(checked.filter); // a short one is checked at once, others when the devices are open
  return checked;
}

/** Checks the names of devices: one, or an array of several. @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE */
export function checkDevices(devices: unknown): readonly string[] {
  const expected = 'the name of a network device, or an array of names';
  const names = Array.isArray(devices) ? Array.from<unknown>(devices) : [devices];
  const wrong = names.find((name) => typeof name !== 'string');
  if (wrong !== undefined || names.includes(undefined)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the device', expected, wrong);
  if (names.length === 0 || names.length > mostDevices)
    throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the device', `1 to ${mostDevices} names of network devices`, devices);
  const bad = (names as string[]).find((name) => name === '' || name.length > longestName || name.includes('\0'));
  if (bad !== undefined) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the device', 'names that are neither empty nor long', bad);
  const twice = (names as string[]).find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The device ${quoted(twice)} is given twice; give it once.`);
  return names as string[];
}
