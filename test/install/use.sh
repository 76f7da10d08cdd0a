#!/bin/bash
# Uses the packages in the root $TOP: puts Node, npm and what is tested there, and is a user without rights, then root for live capture.
# usage, below in-root.sh: test/install/use.sh TEST TARBALLS NODE NPM [short]
set -euo pipefail
test=$1 tarballs=$2 program=$3 npm=$4
mkdir -p "$TOP/usr/local/bin" "$TOP/usr/local/lib/node_modules" "$TOP/home/user"
cp "$program" "$TOP/usr/local/bin/node"
cp -r "$npm" "$TOP/usr/local/lib/node_modules/npm"
for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$TOP/usr/local/bin/$name"; done
# The copy's own devices: memory, as the whole of it.
[ -e "$TOP/dev/null" ] || mknod -m 666 "$TOP/dev/null" c 1 3
[ -e "$TOP/dev/urandom" ] || mknod -m 666 "$TOP/dev/urandom" c 1 9
cp -r "$test" "$TOP/test"
cp -r "$tarballs" "$TOP/test/tarballs"
chown -R 1000:1000 "$TOP/home/user"
chmod -R a+rX "$TOP/test"
clean=(env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/user)
status=0
chroot --userspec=1000:1000 "$TOP" "${clean[@]}" node /test/inside.mjs /test "${5-}" || status=1
chroot "$TOP" "${clean[@]}" node /test/live.mjs /home/user/project || status=1
exit $status
