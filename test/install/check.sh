#!/bin/bash
# Installs the tarballs of `npm run pack` where a user is: in a minimal Debian without a compiler, headers, libpcap or libndpi, and without a network. Needs root.
# usage: [DEBIAN=bullseye] test/install/check.sh [release of Node ...]; without one, with the Node of this machine
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/packaging/build/install
architecture=$(node -p process.arch)
mkdir -p "$work/tarballs"

[ -e "$root/packaging/out/nfstream-linux-$architecture-$(node -p "require('$root/package.json').version").tgz" ] || npm --prefix "$root" run --silent pack -- --targets "linux-$architecture"
debian=${DEBIAN:-bookworm}
"$root/test/install/root.sh" "$work/$debian" "$debian"

# What npm is asked for: ours, and what it needs, in the versions of the lock file.
cd "$work/tarballs"
rm -f nfstream-*.tgz
cp "$root"/packaging/out/*.tgz .
node -p "
  const { packages } = require('$root/package-lock.json');
  Object.entries(packages).filter(([path, { dev, peer, optional, devOptional }]) => path !== '' && !dev && !peer && !optional && !devOptional)
    .map(([path, { version }]) => path.replace(/.*node_modules\//, '') + '@' + version).join('\n')" | sort > ../wanted
cmp -s ../wanted ../brought || { xargs npm pack --silent --pack-destination . < ../wanted > /dev/null && cp ../wanted ../brought; }

# What a clone makes of the capture.
test=$work/test
rm -rf "$test" && mkdir -p "$test"
node "$root/dist/cli/main.js" -q --features full --format jsonl "$root/fixtures/office.pcap" > "$test/expected.jsonl"
cp "$root/fixtures/office.pcap" "$root/package.json" "$root"/test/install/{registry,inside,live}.mjs "$test"
zstd -q -f "$root/fixtures/office.pcap" -o "$test/office.pcap.zst" 2> /dev/null || cp "$root/fixtures/office.pcap" "$test/office.pcap.zst"
# Of Debian 12, as this machine's libndpi is.
[ "$debian" != bookworm ] || cp "$(readlink -f "$(pkg-config --variable=libdir libndpi 2> /dev/null)/libndpi.so")" "$test/libndpi.so.4" 2> /dev/null || echo "left out: another libndpi (libndpi-dev is not installed)"

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
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")

# Beside the root: puts Node, npm and what is tested there, and is a user without rights, then root for live capture.
try_in_root() {
  test=$1 tarballs=$2 program=$3 npm=$4
  mkdir -p "$TOP/usr/local/lib/node_modules" "$TOP/home/user"
  cp "$program" "$TOP/usr/local/bin/node"
  cp -r "$npm" "$TOP/usr/local/lib/node_modules/npm"
  for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$TOP/usr/local/bin/$name"; done
  cp -r "$test" "$TOP/test"
  cp -r "$tarballs" "$TOP/test/tarballs"
  chown -R 1000:1000 "$TOP/home/user"
  chmod -R a+rX "$TOP/test"
  clean=(env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/user)
  status=0
  chroot --userspec=1000:1000 "$TOP" "${clean[@]}" node /test/inside.mjs || status=1
  chroot "$TOP" "${clean[@]}" node /test/live.mjs /home/user/project || status=1
  return $status
}
export -f try_in_root

failed=0
[ $# -gt 0 ] || { set -- this; echo "left out: other releases of Node (test/install/check.sh 20 22 24)"; }
for release; do
  program=$(node_of "$release")
  echo "Node.js $("$program" -p process.versions.node)"
  "$root/test/install/in-root.sh" "$work/$debian" bash -euc 'try_in_root "$@"' sh "$test" "$work/tarballs" "$program" "$npm" || failed=1
done
exit $failed
