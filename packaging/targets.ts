/** What a package is made for. */
export interface Target {
  /** As Node tells it, system and processor; with musl by its name. */
  readonly name: string;
  readonly system: string;
  readonly processor: string;
  readonly libc: string;
  /** As zig says it. The number behind "gnu." is the oldest glibc that it runs with. */
  readonly triple: string;
  /** As configure scripts say it. */
  readonly host: string;
  /** The dynamic loader, which objects may name as a library. */
  readonly loader: string;
}

// prettier-ignore
export const targets: readonly Target[] = [
  { name: 'linux-x64', system: 'linux', processor: 'x64', libc: 'glibc', triple: 'x86_64-linux-gnu.2.28', host: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  { name: 'linux-arm64', system: 'linux', processor: 'arm64', libc: 'glibc', triple: 'aarch64-linux-gnu.2.28', host: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
  { name: 'linux-x64-musl', system: 'linux', processor: 'x64', libc: 'musl', triple: 'x86_64-linux-musl', host: 'x86_64-linux-musl', loader: 'libc.so' },
];
