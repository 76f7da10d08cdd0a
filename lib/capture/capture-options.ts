import { FlowError } from '../errors.js';
import { native } from '../native.js';
import { checkOptions } from '../options.js';
import type { DecodingOptions } from './decoding.js';

/** Options of {@link captureFile} and {@link captureStream}. */
export interface CaptureOptions extends DecodingOptions {
  /** Keep only packets that match this libpcap filter expression, such as 'tcp port 443'. Default '', which keeps all. */
  filter?: string;
  /**
   * What a damaged capture does. 'finish' (default): the stages behind get everything that was good and end normally, then the last one
   * raises the damage. 'abort': the stream is destroyed at once. Damage before the first packet always destroys.
   */
  onDamage?: 'finish' | 'abort';
  /** Destroys the stream when it is aborted. */
  signal?: AbortSignal;
}

/** @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_FILTER */
export function checkCaptureOptions(options: CaptureOptions | undefined): Required<Omit<CaptureOptions, 'signal'>> & Pick<CaptureOptions, 'signal'> {
  const checked = checkOptions(['capture'], options) as ReturnType<typeof checkCaptureOptions>;
  const wrong = native.NativeCapture.checkFilter(checked.filter);
  if (wrong !== '') throw new FlowError('ERR_NFSTREAM_FILTER', `The filter ${JSON.stringify(checked.filter)} is not valid: ${wrong}.`);
  return checked;
}
