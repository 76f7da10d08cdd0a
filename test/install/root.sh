#!/bin/sh
# Makes a minimal Debian: no compiler, no headers, no libpcap, no libndpi. Needs root and debootstrap. What is mounted for it is mounted in a namespace of its own.
# usage: test/install/root.sh FOLDER [release of Debian]
set -eu
folder=${1:?"usage: test/install/root.sh FOLDER [release of Debian]"}
[ -e "$folder/.whole" ] && exit 0
command -v debootstrap > /dev/null || { echo "debootstrap is missing. On Debian or Ubuntu: apt-get install debootstrap" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder"
log=$(mktemp)
# libstdc++6 is what Node itself needs.
unshare --mount --pid --fork --mount-proc debootstrap --variant=minbase --include=libstdc++6,ca-certificates "${2:-bookworm}" "$folder" \
  "${NFSTREAM_PACK_MIRROR:-http://deb.debian.org/debian}" > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
rm -f "$log"
rm -rf "$folder/var/cache/apt/archives"/*.deb
touch "$folder/.whole"
