#!/bin/bash
# Installs the Debian package in a minimal Debian, uses the command, and removes it. Needs root.
# usage: test/install/deb.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/packaging/build/install
architecture=$(dpkg --print-architecture)
deb=$root/packaging/out/nfstream_$(node -p "require('$root/package.json').version")_$architecture.deb
[ -e "$deb" ] || npm --prefix "$root" run --silent pack:deb
"$root/test/install/root.sh" "$work/bookworm"

# A package of Node.js, as Node.js itself offers them: Debian 12 has 18.
nodejs=$work/nodejs
rm -rf "$nodejs" && mkdir -p "$nodejs/DEBIAN" "$nodejs/usr/bin"
cp "$(readlink -f "$(command -v node)")" "$nodejs/usr/bin/node"
printf 'Package: nodejs\nVersion: %s\nArchitecture: %s\nMaintainer: x <x@localhost>\nDescription: x\n' "$(node -p process.versions.node)" "$architecture" > "$nodejs/DEBIAN/control"
dpkg-deb -Znone --build "$nodejs" "$work/nodejs.deb" > /dev/null

try_in_root() {
  cp "$1" "$TOP/nfstream.deb" && cp "$2" "$TOP/nodejs.deb" && cp "$3" "$TOP/office.pcap"
  passed=0 failed=0
  in_root() { chroot "$TOP" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"; }
  check() { # what; the line that must succeed
    if said=$(eval "$2" 2>&1); then passed=$((passed + 1)) && echo "ok      $1"; else failed=$((failed + 1)) && printf 'FAILED  %s\n%s\n' "$1" "$said"; fi
  }
  check 'is refused without Node.js' '! in_root dpkg -i /nfstream.deb && in_root dpkg --purge nfstream'
  check 'is installed' 'in_root dpkg -i /nodejs.deb && in_root dpkg -i /nfstream.deb'
  check 'the command' 'in_root nfstream /office.pcap | grep -q TLS.Google'
  check 'Parquet' 'in_root nfstream -q /office.pcap -o /tmp/f.parquet && in_root nfstream convert -q /tmp/f.parquet | grep -q TLS.Google'
  check 'its user' 'in_root id -u nfstream'
  check 'its unit runs as that user' 'grep -q ^User=nfstream "$TOP/usr/lib/systemd/system/nfstream@.service"'
  check 'counters, as the unit asks for them' 'in_root nfstream /office.pcap -q --metrics 127.0.0.1:9464'
  check 'live capture' 'in_root timeout --signal=INT --preserve-status 3 nfstream lo -q || [ $? -eq 130 ]'
  check 'is removed' 'in_root dpkg --purge nfstream'
  check 'nothing of it is left' '! ls "$TOP/usr/bin/nfstream" "$TOP/usr/lib/nfstream" "$TOP/usr/lib/systemd/system/nfstream@.service" 2> /dev/null | grep .'
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ]
}
export -f try_in_root
"$root/test/install/in-root.sh" "$work/bookworm" bash -euc 'try_in_root "$@"' sh "$deb" "$work/nodejs.deb" "$root/fixtures/office.pcap"
