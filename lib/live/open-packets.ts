import { FlowError } from '../errors.js';
import { captureFile, type CaptureFileOptions, type PacketSource } from '../capture/index.js';
import type { LiveOptions } from './live-options.js';
import { captureLive, type LiveSource } from './live-source.js';
import type { NamedSources } from './named-sources.js';

/** Options of both kinds of source; those that are for the other kind are left out. */
export type PacketOptions = Omit<CaptureFileOptions, 'onDamage'> & LiveOptions;

/**
 * Captures, or devices, as a source of packets.
 * @param paths captures, where `named` says that there are no devices
 * @throws {FlowError} as {@link captureFile} and {@link captureLive}; ERR_NFSTREAM_OPTION_RANGE for `perFile` or `follow` with devices
 */
export function openPackets(paths: readonly string[], { devices }: NamedSources, options: PacketOptions): PacketSource | LiveSource {
  const { merge, perFile, follow, promiscuous, snapshotLength, bufferSize, readers, immediate, retry, ...common } = options;
  if (devices === null) return captureFile(paths, { ...common, ...given({ merge, perFile, follow }) });
  if (perFile === true) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'perFile makes each capture a run of its own; devices are one run.');
  if (follow === true) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', 'follow waits for more of a capture; devices go on by themselves.');
  return captureLive(devices, { ...common, ...given({ promiscuous, snapshotLength, bufferSize, readers, immediate, retry }) });
}

function given(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
