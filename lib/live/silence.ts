import { shortened } from '../errors.js';
import { visible } from '../text/visible-text.js';

/** What to look at when nothing comes: by the devices' own counters and the filter. @param packets what the devices have counted meanwhile */
export function silenceText(devices: readonly string[], filter: string, packets: number, seconds: number): string {
  const names = devices.map((device) => visible(device)).join(', ');
  const places = devices.map((device) => `/sys/class/net/${device === 'any' ? '*' : visible(device)}/statistics`).join(', ');
  const nothing = `Nothing has come from ${names} for ${seconds} s`;
  const kept = filter === '' ? '' : ` and the filter ${JSON.stringify(visible(shortened(filter)))} keeps none of them`;
  if (packets === 0) return `${nothing}; by its own counters (${places}) there was nothing: look at the cable, or whether what it is to see is sent to it.`;
  return `${nothing}, while ${packets} packets went through by its own counters (${places})${kept}.`;
}
