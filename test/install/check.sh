#!/bin/bash
# Installs the tarballs of `npm run pack` where a user is: in a minimal Debian without a compiler, headers, libpcap or libndpi, and without a network. Needs root.
# usage: [DEBIAN=bullseye] test/install/check.sh [--short] [release of Node ...]; without one, with the Node of this machine
# --short: in a minute, with what a clone has. The native part is the clone's own build, and the root has the libraries of this machine that it is linked with. Where no root can be
# made, it is an empty folder with a PATH of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/test/install
work=$root/packaging/build/install
architecture=$(node -p process.arch)
short=
[ "${1-}" != --short ] || { short=short && shift && work=$work-short; }
tarballs=$work/tarballs
test=$work/test
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
rm -rf "$tarballs" "$test"
mkdir -p "$tarballs" "$test"

if [ -n "$short" ]; then
  echo "left out: npm run pack (hence our builds of libpcap, libndpi and libgcrypt, the oldest glibc, licences, another libndpi in the place of ours), Debian's minimal root, other" \
    "releases of Node.js, arm64, musl, the Debian package. npm run test:install and the scripts beside it try these (docs/packaging.md)"
  "$root/node_modules/.bin/tsx" "$root/packaging/pack-clone.ts" "$tarballs"
else
  [ -e "$root/packaging/out/nfstream-linux-$architecture-$(node -p "require('$root/package.json').version").tgz" ] || npm --prefix "$root" run --silent pack -- --targets "linux-$architecture"
  debian=${DEBIAN:-bookworm}
  "$here/root.sh" "$work/$debian" "$debian"
  cp "$root"/packaging/out/*.tgz "$tarballs"
  if [ -d "$root/packaging/build/linux-$architecture/work/nDPI" ]; then "$here/rebuild-ndpi.sh" "$test/rebuilt/libndpi.so.4"; else echo "left out: libndpi built anew in the place of ours (npm run pack brings its sources)"; fi
  # Debian's own, in the release that ours is of.
  ndpi=$(readlink -f "$(pkg-config --variable=libdir libndpi 2> /dev/null)/libndpi.so")
  if [ "$debian" = bookworm ] && [ -e "$ndpi" ]; then mkdir "$test/debian" && cp "$ndpi" "$test/debian/libndpi.so.4"; else echo "left out: Debian's libndpi in the place of ours"; fi
fi
# What ours need, in the versions of the lock file, as npm has put them here.
node -p "
  const { packages } = require('$root/package-lock.json');
  Object.entries(packages).filter(([path, { dev, peer, optional, devOptional }]) => path !== '' && !dev && !peer && !optional && !devOptional)
    .map(([path]) => '$root/' + path).join('\n')" | xargs npm pack --silent --ignore-scripts --pack-destination "$tarballs" > /dev/null

# What a clone makes of the capture.
node "$root/dist/cli/main.js" -q --features full --format jsonl "$root/fixtures/office.pcap" > "$test/expected.jsonl"
cp "$root/fixtures/office.pcap" "$root/package.json" "$here"/{registry,inside,live}.mjs "$test"
node -e "const { zstdCompressSync } = require('zlib'); process.stdout.write(zstdCompressSync ? zstdCompressSync(require('fs').readFileSync(0)) : '')" < "$root/fixtures/office.pcap" > "$test/office.pcap.zst"
[ -s "$test/office.pcap.zst" ] || zstd -q -f "$root/fixtures/office.pcap" -o "$test/office.pcap.zst" 2> /dev/null || cp "$root/fixtures/office.pcap" "$test/office.pcap.zst"

# The program of a release of Node.
node_of() {
  [ "$1" = this ] && { readlink -f "$(command -v node)"; return; }
  local folder=$work/node-$1
  if [ ! -e "$folder/package/bin/node" ]; then
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "node-linux-$architecture@$1" > /dev/null && tar -xzf ./*.tgz)
  fi
  echo "$folder/package/bin/node"
}

# Without the right to make a root: an empty folder whose programs are the only ones that are found.
use_in_folder() {
  local folder program=$1 status=0
  # Outside of the clone, whose node_modules would be found.
  folder=$(mktemp -d)
  mkdir -p "$folder"/{bin,home}
  ln -s "$program" "$folder/bin/node"
  for name in npm npx; do ln -s "$npm/bin/$name-cli.js" "$folder/bin/$name"; done
  for name in sh env cat wc du grep find; do ln -s "$(command -v "$name")" "$folder/bin/$name"; done
  cp -r "$test" "$folder/test"
  cp -r "$tarballs" "$folder/test/tarballs"
  env -i PATH="$folder/bin" HOME="$folder/home" "$program" "$folder/test/inside.mjs" "$folder/test" short || status=1
  rm -rf "$folder"
  return $status
}

failed=0
[ $# -gt 0 ] || { set -- this; [ -n "$short" ] || echo "left out: other releases of Node (test/install/check.sh 20 22 24)"; }
for release; do
  program=$(node_of "$release")
  echo "Node.js $("$program" -p process.versions.node)"
  if [ -z "$short" ]; then
    "$here/in-root.sh" "$work/$debian" "$here/use.sh" "$test" "$tarballs" "$program" "$npm" || failed=1
    continue
  fi
  "$here/small-root.sh" "$work/root" "$program" "$root"/build/Release/*.node
  if why=$("$here/in-root.sh" "$work/root" bash -c 'exec chroot "$TOP" sh -c :' 2>&1); then
    "$here/in-root.sh" "$work/root" "$here/use.sh" "$test" "$tarballs" "$program" "$npm" short || failed=1
  else
    echo "left out: a root without anything else, and live capture there: this machine does not allow one (${why//$'\n'/; }). An empty folder with a PATH of its own instead."
    use_in_folder "$program" || failed=1
  fi
done
exit $failed
