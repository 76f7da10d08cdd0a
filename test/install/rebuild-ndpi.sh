#!/bin/bash
# Builds libndpi anew from the sources of the package, with this machine's compiler, as a user may who puts it in the place of ours; its release says "rebuilt".
# usage: test/install/rebuild-ndpi.sh FILE; needs what `npm run pack` has left in packaging/build
set -euo pipefail
file=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
built=$root/packaging/build/linux-$(node -p process.arch)
[ -d "$built/work/nDPI/src" ] || { echo "There are no sources of nDPI; npm run pack brings them." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/objects" "$(dirname "$file")"
cp -R "$built/work/nDPI/src" "$work/src"
sed -i 's/\(NDPI_GIT_RELEASE "[^"]*\)"/\1-rebuilt"/' "$work/src/include/ndpi_config.h"
cd "$work"
ls src/lib/*.c src/lib/protocols/*.c src/lib/third_party/src/*.c > list
xargs -P2 -I{} sh -c 'cc -O1 -fPIC -w -DHAVE_CONFIG_H -DNDPI_LIB_COMPILATION -Isrc/include -Isrc/lib/third_party/include -I"$0/include" -c {} -o "objects/$(basename {} .c).o"' "$built/libraries" < list
cc -shared -s -o "$file" "-Wl,-soname,$(basename "$file")" '-Wl,-rpath,$ORIGIN' -Wl,-z,defs objects/*.o "$built"/libraries/lib/lib{gcrypt.so.20,gpg-error.so.0} -lm -lpthread
