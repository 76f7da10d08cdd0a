const endings = String.raw`\.(pcap|pcapng|cap)`;
const compressed = String.raw`(\.(gz|zst))?$`;

/** Names of captures: also those that tcpdump numbers (`x.pcap3`), and compressed ones. */
const captureName = new RegExp(String.raw`${endings}\d*${compressed}`, 'i');

/** The number that tcpdump gives stays: without it, two captures would have one name. */
const captureEnding = new RegExp(`(?<=.)${endings}${compressed}`, 'i');

/** Whether a file in a folder is a capture by its name: not a hidden one. */
export function isCaptureName(name: string): boolean {
  return captureName.test(name) && !name.startsWith('.');
}

/** The name of a capture without its `.pcap`, `.pcapng.gz` or the like. */
export function withoutCaptureEnding(name: string): string {
  return name.replace(captureEnding, '');
}
