// What packages are made for. The number behind "gnu" is the oldest glibc that they run with.
/** @typedef {{ name: string, os: string, cpu: string, libc: string, triple: string, host: string, loader: string, debian: string }} Target */

/** @type {readonly Target[]} */
export const targets = [
  { name: 'linux-x64', os: 'linux', cpu: 'x64', libc: 'glibc', triple: 'x86_64-linux-gnu.2.28', host: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2', debian: 'amd64' },
  { name: 'linux-arm64', os: 'linux', cpu: 'arm64', libc: 'glibc', triple: 'aarch64-linux-gnu.2.28', host: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1', debian: 'arm64' },
];
