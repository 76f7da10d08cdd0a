import { FlowError, shortened } from '../errors.js';
import type { AnyHookFlow } from './hook-flow.js';

/** Where a plugin was when it failed; what is not known is absent. */
export interface PluginPlace {
  readonly plugin: string;
  readonly hook: string;
  readonly packet?: number;
  readonly file?: string;
  readonly flow?: string;
}

/** The error of a plugin that threw, or left what cannot be used. */
export function pluginError(place: PluginPlace, what: string, cause?: unknown): FlowError {
  const { plugin, hook, packet, file, flow } = place;
  const at = [
    packet === undefined ? '' : ` at packet ${packet}`,
    file === undefined ? '' : ` of ${file}`,
    flow === undefined ? '' : `, in the flow ${flow}`,
  ].join('');
  return new FlowError('ERR_NFSTREAM_PLUGIN', `The plugin ${plugin} failed in ${hook}${at}: ${what}`, { ...place, cause });
}

/** What a plugin threw, as a sentence shows it. */
export function thrownText(thrown: unknown): string {
  const text = shortened(thrown instanceof Error ? thrown.message : String(thrown), 200);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A flow as errors name it. */
export function flowName(flow: Pick<AnyHookFlow, 'column'>): string {
  const [srcIp, srcPort, dstIp, dstPort, protocol] = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol'].map((name) => String(flow.column(name) ?? '?'));
  const end = (ip: string, port: string): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return `${end(srcIp!, srcPort!)} > ${end(dstIp!, dstPort!)} (${protocol!})`;
}
